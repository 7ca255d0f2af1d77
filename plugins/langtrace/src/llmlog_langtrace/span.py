"""A payload as the attributes and events that Langtrace reads: texts and whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmlog import Payload, Usage
from llmlog.chat import chat
from llmlog.encoding import dumps_text
from llmlog.message import JSON
from llmlog.otlp import Attributes, Event, gen_ai, resource_attributes, span_events

_IN_EVENTS = frozenset({"gen_ai.input.messages", "gen_ai.output.messages", "llmlog.input.value",
                        "llmlog.output.value"})  # fmt: skip
TYPES: Mapping[str, str] = {
    "retrieval": "vectordb", "tool": "framework", "agent": "framework", "chain": "framework",
    "guardrail": "framework",
}  # fmt: skip


def attributes(payload: Payload) -> Attributes:
    """Return the attributes of a call and of its program."""
    said = {name: value for name, value in gen_ai(payload).items() if name not in _IN_EVENTS}
    own = {
        "langtrace.service.name": payload.provider_name,
        "langtrace.service.type": TYPES.get(payload.kind, "llm"),
        "langtrace.sdk.name": "llmlog",
        "user_id": payload.user_id,
        "gen_ai.usage.total_tokens": (payload.usage or Usage()).total_tokens,
    }
    return _readable({**resource_attributes(payload), **said, **own})


def events(payload: Payload) -> Iterator[Event]:
    """Yield what was asked and answered, then what else happened."""
    timing = payload.timing
    asked = chat(payload.input_messages) or _value("user", payload.input_value)
    answered = chat(payload.output_messages) or _value("assistant", payload.output_value)
    if asked:
        made = {"gen_ai.prompt": dumps_text(asked)}
        yield "gen_ai.content.prompt", timing.start_unix_ns, made
    if answered:
        made = {"gen_ai.completion": dumps_text(answered)}
        yield "gen_ai.content.completion", timing.end_unix_ns, made
    for name, time_unix_ns, said in span_events(payload):
        yield name, time_unix_ns, _readable(said)


def _value(role: str, value: JSON) -> list[JSON]:
    return [] if value is None else [{"role": role, "content": value}]


def _readable(said: Attributes) -> dict[str, JSON]:
    """Turn what the route would leave out into text."""
    return {name: value if value is None or isinstance(value, str) or type(value) is int
            else dumps_text(value) for name, value in said.items()}  # fmt: skip
