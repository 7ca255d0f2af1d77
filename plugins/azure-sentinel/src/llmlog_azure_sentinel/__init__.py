"""Send LLM calls to Microsoft Sentinel and Azure Monitor Logs: one row per call.

https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog_azure_sentinel.row import row
from llmlog_azure_sentinel.settings import Settings, credential

__all__ = ["Settings", "encode", "exporter", "row", "sign"]

CALL_BYTES = 1_000_000
"""Of one request, before and after compression."""


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one row of each payload."""
    return Request.json(settings.address, [row(payload) for payload in batch])


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add a token; whoever gives it keeps one until it ends."""
    del now_unix_s
    token = credential(settings).get_token(settings.scope).token
    return request.with_headers({"authorization": f"Bearer {token}"})


def limits(settings: Settings) -> Limits:
    """Return Azure's limits, with the user's patience."""
    return Limits(events=500, bytes=CALL_BYTES, age_s=2.0, timeout_s=settings.timeout_s)


exporter = HTTPExporter(
    name="azure-sentinel", settings=Settings, encode=encode, sign=sign, limits=limits
)
