"""Send LLM calls to OpenMeter: one usage event per call.

https://openmeter.io/docs/api/cloud#tag/events, https://cloudevents.io
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog.encoding import dumps
from llmlog_openmeter.event import event
from llmlog_openmeter.settings import Settings

__all__ = ["Settings", "encode", "event", "exporter"]


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make a batch of CloudEvents."""
    headers = {
        "authorization": f"Bearer {settings.api_key.reveal()}",
        "content-type": "application/cloudevents-batch+json",
    }
    content = dumps([event(settings, payload) for payload in batch])
    return Request(settings.address, content, headers)


exporter = HTTPExporter(
    name="openmeter",
    settings=Settings,
    encode=encode,
    limits=Limits(events=100, bytes=1_000_000, gzip=False),
)
