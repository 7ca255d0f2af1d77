"""Send LLM calls to Splunk over the HTTP Event Collector: one event per call.

https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog.encoding import dumps
from llmlog_splunk.event import event
from llmlog_splunk.reply import READS, read_reply
from llmlog_splunk.settings import Settings

__all__ = ["Settings", "encode", "exporter", "read_reply"]


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one event of each payload; events follow each other, they are no array."""
    content = b"\n".join(dumps(event(settings, payload)) for payload in batch)
    headers = {
        "authorization": f"Splunk {settings.token.reveal()}",
        "content-type": "application/json",
    }
    return Request(settings.address, content, headers)


exporter = HTTPExporter(
    name="splunk",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    reads=READS,
    limits=Limits(events=500, bytes=1_000_000),
)
