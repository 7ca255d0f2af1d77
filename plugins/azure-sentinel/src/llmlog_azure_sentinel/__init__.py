"""Send LLM calls to Microsoft Sentinel and Azure Monitor Logs: one row per call.

https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx
from attrs import frozen
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ServiceRequestError

from llmlog import ClientExporter, Limits, Payload, Refused, Retryable
from llmlog.delivery.outcome import TooLarge, Verdict, classify
from llmlog.encoding import dumps
from llmlog_azure_sentinel.row import row
from llmlog_azure_sentinel.settings import Settings

__all__ = ["Client", "Settings", "connect", "exporter", "row", "send"]

CALL_BYTES = 1_000_000
"""Of one request, before and after compression."""


@frozen(eq=False)
class Client:
    """Connections, and who gives the token; it keeps one until it ends."""

    http: httpx.Client
    credential: TokenCredential


def connect(settings: Settings) -> Client:
    """Make a client; nothing is asked before the first batch."""
    http = httpx.Client(timeout=settings.timeout_s, follow_redirects=False)
    return Client(http, settings.credential())


def send(client: Client, settings: Settings, batch: Sequence[Payload]) -> Verdict:
    """Post the rows of a batch; the answer speaks for all of them."""
    content = dumps([row(payload) for payload in batch])
    if len(content) > CALL_BYTES:
        return TooLarge(f"{len(content)} bytes, the limit is {CALL_BYTES}")
    try:
        token = client.credential.get_token(settings.scope).token
    except ServiceRequestError as problem:
        return Retryable(f"no token: {problem.message}")
    except AzureError as problem:
        return Refused(f"no token: {problem.message}")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    reply = client.http.post(settings.address, content=content, headers=headers)
    return _judged(reply)


def _judged(reply: httpx.Response) -> Verdict:
    said = classify(reply.status_code, reply.headers, 0.0)
    if reply.is_success or not reply.text:
        return said
    reason = f"HTTP {reply.status_code} {' '.join(reply.text.split())[:500]}"
    return Retryable(reason, said.after_s) if isinstance(said, Retryable) else type(said)(reason)


exporter = ClientExporter(
    name="azure-sentinel",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.http.close(),
    retryable=(httpx.TransportError, OSError),
    limits=Limits(events=500, bytes=900_000, age_s=2.0),
)
