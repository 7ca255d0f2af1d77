"""Push metrics of LLM calls: Prometheus remote write 1.0, or a Pushgateway.

https://prometheus.io/docs/specs/prw/remote_write_spec/ and
https://github.com/prometheus/pushgateway/blob/master/README.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

import httpx
from attrs import frozen

from llmlog import ClientExporter, Limits, Payload, Refused, Retryable
from llmlog.clock import Clock
from llmlog.delivery.outcome import Delivered, classify
from llmlog_prometheus_push.settings import Settings
from llmlog_prometheus_push.tally import Tally
from llmlog_prometheus_push.wire import exposition, write_request

__all__ = ["Client", "Settings", "connect", "exporter", "send"]


@frozen(eq=False)
class Client:
    """Connections, and what this process has counted since it connected."""

    http: httpx.Client
    tally: Tally


def connect(settings: Settings) -> Client:
    """Start to count at zero, which Prometheus takes for a restart."""
    http = httpx.Client(timeout=settings.timeout_s, follow_redirects=False, auth=settings.auth)
    if settings.tenant:
        http.headers["x-scope-orgid"] = settings.tenant
    return Client(http, Tally(settings))


def send(
    client: Client, settings: Settings, batch: Sequence[Payload]
) -> Delivered | Retryable | Refused:
    """Count each call once, however often its batch comes, then push all sums."""
    for payload in batch:
        client.tally.count(payload)
    content, headers = _pushed(client, settings)
    method = "PUT" if settings.protocol == "pushgateway" else "POST"
    try:
        reply = client.http.request(method, settings.address, content=content, headers=headers)
    except httpx.TransportError as problem:
        return Retryable(f"{type(problem).__name__}: {problem}")
    verdict = classify(reply.status_code, reply.headers, Clock().unix_ns() / 1e9)
    if isinstance(verdict, (Delivered, Retryable)):
        return verdict
    return Refused(f"HTTP {reply.status_code} {' '.join(reply.text.split())[:500]}")


def _pushed(client: Client, settings: Settings) -> tuple[bytes, dict[str, str]]:
    """Return the sums in the form of the protocol.

    A sample's time is that of the push: what a counter shows now, whenever the calls were. A
    Pushgateway takes none.
    """
    registry = client.tally.registry
    if settings.protocol == "pushgateway":
        return exposition(registry)
    now = datetime.now(timezone.utc)
    return write_request(registry, settings.target, int(now.timestamp() * 1000))


exporter = ClientExporter(
    name="prometheus-push",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.http.close(),
    retryable=(OSError,),
    limits=Limits(events=10_000, bytes=None, age_s=15.0),
)
