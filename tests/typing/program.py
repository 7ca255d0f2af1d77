"""A program that uses the public names; `mypy --strict` passes on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

import llmlog
from llmlog import (
    ClientExporter,
    Delivered,
    HookPlugin,
    HTTPExporter,
    Limits,
    Logger,
    Outcome,
    Payload,
    Rejected,
    Reply,
    Request,
    Secret,
    bridging,
    env,
)


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("EXAMPLE_API_KEY", help="the key")
    site: str = env("EXAMPLE_SITE", default="example.com", help="the region")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one log entry of each payload."""
    return Request.json(
        f"https://logs.{settings.site}/v2/logs",
        [{"id": payload.id, "model": payload.model} for payload in batch],
        headers={"x-api-key": settings.api_key.reveal()},
    )


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Read which events were refused."""
    refused = set((reply.json() or {}).get("refused", ()))
    return [Rejected("refused") if payload.id in refused else Delivered() for payload in batch]


http: HTTPExporter[Settings] = HTTPExporter(
    name="example", settings=Settings, encode=encode, read_reply=read_reply,
    limits=Limits(events=1000, bytes=5_000_000),
)  # fmt: skip


def connect(settings: Settings) -> list[str]:
    """Open a client."""
    return [settings.site]


def send(client: list[str], settings: Settings, batch: Sequence[Payload]) -> None:
    """Send a batch."""
    client += [payload.id for payload in batch]


client: ClientExporter[Settings, list[str]] = ClientExporter(
    name="list", settings=Settings, connect=connect, send=send
)


class Counter:
    """Counts."""

    def __init__(self, settings: Settings) -> None:
        self.calls = 0

    @llmlog.hookimpl
    def log_success(self, payload: Payload) -> None:
        """Count a call."""
        self.calls += 1


hooks: HookPlugin[Settings] = HookPlugin(name="counter", settings=Settings, make=Counter)


@llmlog.call(kind="tool")
def look_up(city: str, *, days: int = 1) -> dict[str, int]:
    """Keep its type under the decorator."""
    return {city: days}


def main() -> None:
    """Use the calls."""
    logger: Logger = llmlog.configure(plugins=[http, client, hooks], file=False)
    messages: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]
    with logger.call(kind="chat", model="m", messages=messages, tags=["a"]) as call:
        answer: Any = call.finish("hello")
        call.set(usage=llmlog.Usage(input_tokens=1, output_tokens=1))
    llmlog.instrument()
    llmlog.uninstrument()
    bridging.leave(bridging.enter(call))
    logger.log(lambda: llmlog.Payload(
        id=bridging.id_text(bridging.id_from(1, "seed")), kind="chat", status="success",
        timing=llmlog.Timing(start_unix_ns=1, end_unix_ns=2), trace_id="0" * 32, span_id="0" * 16,
    ))  # fmt: skip
    weather: dict[str, int] = look_up("Oslo", days=2)
    pending: int = sum(llmlog.flush(timeout=1).pending.values())
    print(answer, weather, pending, call.traceparent)
