"""Send LLM calls to Lago: one billable event per call.

https://getlago.com/docs/api-reference/events/batch
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog_lago.event import event
from llmlog_lago.reply import INVALID, read_reply
from llmlog_lago.settings import Settings

__all__ = ["Settings", "encode", "event", "exporter", "read_reply"]


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one event of each payload."""
    url = f"{settings.url.rstrip('/').removesuffix('/api/v1')}/api/v1/events/batch"
    headers = {"authorization": f"Bearer {settings.api_key.reveal()}"}
    return Request.json(url, {"events": [event(settings, each) for each in batch]}, headers)


exporter = HTTPExporter(
    name="lago",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    reads=frozenset({INVALID}),
    limits=Limits(events=100, bytes=1_000_000, gzip=False),
)
