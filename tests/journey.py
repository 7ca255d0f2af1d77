"""One journey of the real `openai` client, and the ten plugins that record it together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import openai
from attrs import field, frozen

from llmlog import Logger
from llmlog.testing import Answer, Received, ScriptedEndpoint

MODEL = "gpt-4o-mini"
TOOLS: Any = [{"type": "function", "function": {
    "name": "get_weather", "description": "Look up the weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"]}}}]  # fmt: skip
STATUSES = {
    "plain": "success", "async": "success", "streamed": "success", "tools": "success",
    "embedding": "success", "rate limit": "failure", "server error": "failure",
    "cancelled": "aborted",
}  # fmt: skip
"""Each stop of the journey by the session it runs under, and how it must end."""


def _ask(client: openai.OpenAI, text: str, **options: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return client.chat.completions.create(
        model=MODEL, messages=messages, **{"max_tokens": 24, **options}
    )


def _cancelled(client: openai.OpenAI) -> None:
    stream = _ask(client, "Tell me a long story.", stream=True)
    next(iter(stream))
    stream.close()


async def _asked(client: openai.AsyncOpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Name a river."}]
    await client.chat.completions.create(model=MODEL, messages=messages, max_tokens=24)
    await client.close()


@frozen(kw_only=True)
class Journey:
    """What is asked of a server; `misbehave(status)` spoils the next request, where it can.

    `able` are the stops that the server knows.
    """

    address: str
    misbehave: Callable[[int], None] = field(default=lambda _: None)
    able: tuple[str, ...] = tuple(STATUSES)

    def run(self, logger: Logger) -> dict[str, str]:
        """Go from stop to stop; return how each must have ended."""
        options: Any = {"base_url": f"{self.address}/v1", "api_key": "sk-fake", "max_retries": 0}
        with openai.OpenAI(**options) as client:
            logger.wrap(client)
            for name, stop in self._stops(client, options, logger):
                if name in self.able:
                    _within(name, stop)
        return {name: STATUSES[name] for name in self.able}

    def _stops(
        self, client: openai.OpenAI, options: Any, logger: Logger
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        yield "plain", lambda: _ask(client, "What is a ledger?")
        yield "async", lambda: asyncio.run(_asked(logger.wrap(openai.AsyncOpenAI(**options))))
        yield "streamed", lambda: list(_ask(client, "Count to three.", stream=True))
        yield "tools", lambda: _ask(client, "Weather in Oslo?", tools=TOOLS)
        yield (
            "embedding",
            lambda: client.embeddings.create(model="text-embedding-3-small", input=["one", "two"]),
        )
        yield "rate limit", lambda: (self.misbehave(429), _ask(client, "Too fast?"))
        yield "server error", lambda: (self.misbehave(500), _ask(client, "Too much?"))
        yield "cancelled", lambda: _cancelled(client)


def _within(name: str, stop: Callable[[], Any]) -> None:
    import llmlog

    with llmlog.context(session=name, user="user-1", tags=["journey"]), suppress(openai.APIError):
        stop()


class ModelServer:
    """A server of ours that speaks enough of the protocol, for runs without llmock."""

    def __init__(self) -> None:
        self.spoiled: list[int] = []

    def __call__(self, request: Received) -> Answer:
        """Answer one request."""
        if self.spoiled:
            body = {"error": {"message": "spoiled", "type": "test", "code": "spoiled"}}
            return Answer(status=self.spoiled.pop(), content=json.dumps(body).encode())
        asked = request.json()
        if request.path.endswith("/embeddings"):
            return Answer(content=json.dumps(_embedding(asked)).encode())
        if asked.get("stream"):
            return Answer(content=_events(), headers={"content-type": "text/event-stream"})
        return Answer(content=json.dumps(_completion(asked)).encode())


_USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
_HEAD = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o-mini-2024-07-18"}


def _completion(asked: Mapping[str, Any]) -> Any:
    message: Any = {"role": "assistant", "content": "An account book."}
    if asked.get("tools"):
        call = {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
        message = {"role": "assistant", "content": None,
                   "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}  # fmt: skip
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _USAGE}


def _embedding(asked: Mapping[str, Any]) -> Any:
    data = [{"object": "embedding", "index": index, "embedding": [0.5, 0.25]}
            for index in range(len(asked["input"]))]  # fmt: skip
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    return {"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}


def _events() -> bytes:
    deltas: Any = [
        {"role": "assistant", "content": ""},
        {"content": "one "},
        {"content": "two"},
        {},
    ]
    chunks = [{**_HEAD, "object": "chat.completion.chunk", "choices": [
        {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}]}
        for delta in deltas]  # fmt: skip
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + (
        b"data: [DONE]\n\n"
    )


RECEIVED = ("otel", "langfuse", "langsmith", "datadog", "http")
"""The plugins whose backends cannot be had here: their requests are kept and checked."""


@contextmanager
def receivers() -> Iterator[dict[str, ScriptedEndpoint]]:
    """Run an endpoint for each plugin in `RECEIVED`."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(ScriptedEndpoint(default=Answer(status=_OK.get(name, 200))))
               for name in RECEIVED}  # fmt: skip


_OK = {"datadog": 202, "langsmith": 202}


def plugin_settings(urls: Mapping[str, str], folder: Path, port: int) -> dict[str, Any]:
    """Return the settings of the plugins, by name."""
    return {
        "otel": {"endpoint": urls["otel"]},
        "langfuse": {"public_key": "pk-fake", "secret_key": "sk-fake", "base_url": urls["langfuse"]},
        "langsmith": {"api_key": "fake", "endpoint": urls["langsmith"]},
        "datadog": {"api_key": "fake", "url": urls["datadog"]},
        "http": {"url": f"{urls['http']}/records", "format": "ndjson"},
        "local": {"path": str(folder / "calls.db")},
        "prometheus": {"port": port},
        "console": {},
    }  # fmt: skip
