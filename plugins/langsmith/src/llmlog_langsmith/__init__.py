"""Send LLM calls to LangSmith: one run per call.

https://docs.langchain.com/langsmith/trace-with-api and /log-llm-trace
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from llmlog import Delivered, HTTPExporter, Limits, Outcome, Payload, Reply, Request, Secret, env
from llmlog.encoding import dumps
from llmlog.message import JSON
from llmlog.multipart import multipart
from llmlog_langsmith.run import run

__all__ = ["Settings", "encode", "exporter", "read_reply"]

ALREADY_THERE = 409
APART = ("inputs", "outputs", "events", "extra", "error")
"""Fields of a run that are parts of their own; source: the parts that the vendor's SDK writes."""
HIDDEN: Mapping[str, Mapping[str, JSON]] = {
    "hide_inputs": {"inputs": {}}, "hide_outputs": {"outputs": {}},
    "without_metadata": {"extra": {"metadata": {}}},
}  # fmt: skip
"""What stands for what a setting hides."""


def _both(name: str, **about: Any) -> Any:
    """Declare a setting whose variable may also begin with `LANGCHAIN_`, as it once did."""
    return env(f"LANGSMITH_{name}", f"LANGCHAIN_{name}", **about)


@frozen
class Settings:
    """One LangSmith project."""

    api_key: Secret = _both("API_KEY", help="lsv2_...")
    endpoint: str = _both("ENDPOINT", default="https://api.smith.langchain.com",
                          help="region, or own server with its /api/v1")  # fmt: skip
    project: str = _both("PROJECT", default="default", help="made at its first run")
    workspace_id: str | None = _both("WORKSPACE_ID", default=None, help="of a key with several")
    api: Literal["multipart", "batch"] = env(default="multipart", help="batch suits older servers")
    nested: bool = env(default=True, help="false makes each call a trace of its own")
    hide_inputs: bool = _both("HIDE_INPUTS", default=False, help="send no inputs")
    hide_outputs: bool = _both("HIDE_OUTPUTS", default=False, help="send no outputs")
    without_metadata: bool = _both("HIDE_METADATA", default=False, help="no tokens, no cost")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one run of each payload."""
    chosen = [part for flag, part in HIDDEN.items() if getattr(settings, flag)]
    hidden = {name: value for part in chosen for name, value in part.items()}
    runs = [run(payload, settings.project, nested=settings.nested) | hidden for payload in batch]
    url = f"{settings.endpoint.rstrip('/')}/runs/{settings.api}"
    tenant = {"x-tenant-id": settings.workspace_id} if settings.workspace_id else {}
    headers = {"x-api-key": settings.api_key.reveal(), **tenant}
    if settings.api == "batch":
        return Request.json(url, {"post": runs, "patch": []}, headers)
    return multipart(url, [part for each in runs for part in _parts(each)], headers)


def _parts(run: Mapping[str, JSON]) -> Iterator[tuple[str, bytes]]:
    name = f"post.{run['id']}"
    yield name, dumps({key: value for key, value in run.items() if key not in APART})
    yield from ((f"{name}.{key}", dumps(run[key])) for key in APART if key in run)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Take a conflict for what it is: an earlier attempt got through."""
    conflict = reply.status == ALREADY_THERE
    return [Delivered("already there")] * len(batch) if conflict else None


exporter = HTTPExporter(
    name="langsmith", settings=Settings, encode=encode, read_reply=read_reply,
    reads=frozenset({ALREADY_THERE}), limits=Limits(events=100, bytes=20_971_520, gzip=False),
)  # fmt: skip
