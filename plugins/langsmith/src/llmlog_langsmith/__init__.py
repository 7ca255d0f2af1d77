"""Send LLM calls to LangSmith: one run per call.

https://docs.langchain.com/langsmith/trace-with-api and /log-llm-trace
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import Delivered, HTTPExporter, Limits, Outcome, Payload, Reply, Request
from llmlog_langsmith.multipart import multipart
from llmlog_langsmith.run import run
from llmlog_langsmith.settings import Settings

__all__ = ["Settings", "encode", "exporter", "read_reply"]

ALREADY_THERE = 409


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one run of each payload."""
    runs = [run(settings, payload) for payload in batch]
    url = f"{settings.endpoint.rstrip('/')}/runs/{settings.api}"
    headers = {"x-api-key": settings.api_key.reveal()}
    if settings.workspace_id:
        headers["x-tenant-id"] = settings.workspace_id
    if settings.api == "batch":
        return Request.json(url, {"post": runs, "patch": []}, headers)
    content_type, content = multipart(runs)
    return Request(url, content, {"content-type": content_type, **headers})


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Take a conflict for what it is: an earlier attempt got through."""
    if reply.status == ALREADY_THERE:
        return [Delivered("already there")] * len(batch)
    return None


exporter = HTTPExporter(
    name="langsmith", settings=Settings, encode=encode, read_reply=read_reply,
    reads=frozenset({ALREADY_THERE}), limits=Limits(events=100, bytes=20_971_520, gzip=False),
)  # fmt: skip
