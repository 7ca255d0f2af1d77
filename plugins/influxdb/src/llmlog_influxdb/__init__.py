"""Send LLM calls to InfluxDB: one point per call.

https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import Delivered, HTTPExporter, Limits, Outcome, Payload, Rejected, Reply, Request
from llmlog_influxdb.point import point
from llmlog_influxdb.settings import Settings

__all__ = ["Settings", "encode", "exporter", "read_reply"]

PARTIAL = 400


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one line of each payload."""
    content = b"\n".join(point(settings, payload) for payload in batch) + b"\n"
    return Request(settings.address, content, settings.headers)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Find the lines that version 3 rejects by number; it has written all others.

    Versions 1 and 2 name none: the batch is traced to its bad point, and points that come again
    overwrite themselves.
    """
    body = reply.json()
    data = body.get("data") if isinstance(body, dict) and reply.status == PARTIAL else None
    rows = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    bad = {each.get("line_number"): str(each.get("error_message")) for each in rows}
    if not bad or not set(bad) <= set(range(1, len(batch) + 1)):
        return None
    numbers = range(1, len(batch) + 1)
    return [Rejected(bad[number]) if number in bad else Delivered() for number in numbers]


exporter = HTTPExporter(
    name="influxdb",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    reads=frozenset({PARTIAL}),
    limits=Limits(events=5000, bytes=10_000_000),
)
