"""What the tests share: a tracer, instrumentations that end with their test, bodies of APIs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import SimpleNamespace
from typing import Any

import attrs
import httpx
import openai
import openai.resources
import pytest
from langchain_core.callbacks import BaseCallbackManager
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.trace import TracerProvider

from llmlog import Logger, Payload
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog.testing.wire import event_answer, json_answer
from llmlog_otel_bridge import SpanProcessor

MODEL = "gpt-4o-mini-2024-07-18"
USAGE = {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29,
         "prompt_tokens_details": {"cached_tokens": 4},
         "completion_tokens_details": {"reasoning_tokens": 3}}  # fmt: skip
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Wait.", "tool_calls": [{**CALL, "id": "c0"}]},
    {"role": "tool", "tool_call_id": "c0", "content": "Rain"},
]


def completion(**message: Any) -> dict[str, Any]:
    """Return a chat completion."""
    reason = "tool_calls" if "tool_calls" in message else "stop"
    choice = {"index": 0, "finish_reason": reason, "logprobs": None,
              "message": {"role": "assistant", "content": "Hello", **message}}  # fmt: skip
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL,
            "usage": USAGE, "service_tier": "default", "choices": [choice]}  # fmt: skip


def chunk(end: str | None = None, **delta: Any) -> dict[str, Any]:
    """Return a chunk of a streamed completion."""
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}  # fmt: skip


WORDS = [chunk(role="assistant", content=""), chunk(content="Hel"), chunk(content="lo"),
         chunk(end="stop"), {**chunk(), "choices": [], "usage": USAGE}]  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": MODEL,
    "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Hello", "annotations": []}]}],
    "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7,
              "input_tokens_details": {"cached_tokens": 0},
              "output_tokens_details": {"reasoning_tokens": 0}},
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
}  # fmt: skip


@pytest.fixture
def wire() -> SimpleNamespace:
    """Return makers of answers, and bodies."""
    return SimpleNamespace(
        completion=completion, words=WORDS, response=RESPONSE, messages=MESSAGES, tool=TOOL,
        call=CALL, json=json_answer, events=event_answer,
    )  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Answer as a test says."""
    with ScriptedEndpoint() as served:
        yield served


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what a Logger of its own records; `records.logger` is the Logger."""
    made = Records()
    made.logger = Logger(plugins=[made], environ={}, file=False)
    yield made
    made.logger.close(1)


@pytest.fixture
def provider(records: Records) -> Iterator[TracerProvider]:
    """Return a tracer provider whose spans come to the records."""
    made = TracerProvider()
    made.add_span_processor(SpanProcessor(records.logger))
    yield made
    made.shutdown()


@pytest.fixture(autouse=True)
def unwrapped() -> Iterator[None]:
    """Put back what an instrumentation that ends leaves in clients and in the context."""
    parts = walk_packages(openai.resources.__path__, "openai.resources.")
    kinds = {kind for part in parts for kind in vars(import_module(part.name)).values()
             if isinstance(kind, type)} | {BaseCallbackManager}  # fmt: skip
    before = [(kind, name, method) for kind in kinds for name, method in vars(kind).items()
              if callable(method)]  # fmt: skip
    token = attach(Context())
    yield
    detach(token)
    for kind, name, method in before:
        if vars(kind)[name] is not method:
            setattr(kind, name, method)


@pytest.fixture
def instrument(provider: TracerProvider, unwrapped: None) -> Iterator[Callable[[Any], None]]:
    """Return a function that lets an instrumentation work until the test ends."""
    made: list[Any] = []

    def start(instrumentor: Any) -> None:
        instrumentor.instrument(tracer_provider=provider)
        made.append(instrumentor)

    yield start
    for instrumentor in reversed(made):
        instrumentor.uninstrument()


@pytest.fixture
def client(endpoint: ScriptedEndpoint) -> Iterator[openai.OpenAI]:
    """Return a client of api.openai.com whose every request goes to the endpoint."""
    port = int(endpoint.url.rpartition(":")[2])

    class ToLoopback(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
            return super().handle_request(request)

    http = httpx.Client(transport=ToLoopback())
    with openai.OpenAI(api_key="sk-fake-key-of-a-test", max_retries=0, http_client=http) as made:
        yield made


@pytest.fixture
def plainly() -> Callable[[Payload, Collection[str]], dict[str, Any]]:
    """Return what gives a record's fields but for some, an error's and the raw usage one by one."""

    def fields(payload: Payload, but: Collection[str]) -> dict[str, Any]:
        made = attrs.asdict(payload, recurse=False)
        made["usage.raw"] = payload.usage.raw if payload.usage else None
        made["usage"] = attrs.evolve(payload.usage, raw=None) if payload.usage else None
        if payload.error:
            made |= {
                f"error.{name}": value
                for name, value in attrs.asdict(payload.error, recurse=False).items()
            }
        made.pop("error")
        return {name: value for name, value in made.items() if name not in but}

    return fields
