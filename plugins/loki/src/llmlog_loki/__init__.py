"""Send LLM calls to Grafana Loki: one line per call.

https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import HTTPExporter, Limits, Payload, Refused, Reply, Request
from llmlog_loki.settings import Settings
from llmlog_loki.stream import streams

__all__ = ["Settings", "encode", "exporter", "read_reply"]

BLOCKED = 260


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one stream of the calls that have equal labels."""
    url = f"{settings.url.rstrip('/')}/loki/api/v1/push"
    return Request.json(url, {"streams": streams(settings, batch)}, settings.headers)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Refused | None:
    """Take a 2xx that blocks for what it is: Loki stores nothing while a policy forbids it."""
    del batch
    return Refused(f"HTTP {BLOCKED} {reply.excerpt}") if reply.status == BLOCKED else None


exporter = HTTPExporter(
    name="loki",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    limits=Limits(events=1000, bytes=3_000_000),
)
