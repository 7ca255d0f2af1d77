"""Send LLM calls to Elasticsearch or OpenSearch: one document per call.

https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog.message import JSON
from llmlog_elasticsearch.document import document
from llmlog_elasticsearch.reply import read_reply
from llmlog_elasticsearch.settings import Settings

__all__ = ["Settings", "encode", "exporter", "read_reply"]


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make an action and a document of each payload; `create` takes an id once."""
    lines: list[JSON] = []
    for payload in batch:
        lines += [{"create": {"_id": payload.id}}, document(payload)]
    query = f"?{urlencode({'pipeline': settings.pipeline})}" if settings.pipeline else ""
    url = f"{settings.url.rstrip('/')}/{quote(settings.index, safe='')}/_bulk{query}"
    return Request.ndjson(url, lines, settings.headers)


exporter = HTTPExporter(
    name="elasticsearch",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    limits=Limits(events=500, bytes=10_000_000),
)
