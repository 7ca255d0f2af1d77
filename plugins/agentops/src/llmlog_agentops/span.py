"""A payload as the flat attributes of AgentOps: `gen_ai.prompt.0.role` and so on.

Source: the names in `agentops/semconv`, 0.4.21. Their form is that of the GenAI conventions before
v1.37; what is newer is sent beside it, but for the messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmlog import Message, Payload, Usage
from llmlog.chat import chat, text_of
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.otlp import Attributes, gen_ai, tool_definitions

KINDS: Mapping[str, str] = {
    "tool": "tool", "agent": "agent", "chain": "chain", "guardrail": "guardrail",
    "retrieval": "operation",
}  # fmt: skip
"""Kinds of spans; every other kind of call is llm."""
_ELSEWHERE = ("gen_ai.input.", "gen_ai.output.messages", "gen_ai.prompt.",
              "gen_ai.tool.definitions", "llmlog.input.", "llmlog.output.",
              "llmlog.tags")  # fmt: skip


def attributes(payload: Payload, default_tags: Sequence[str] = ()) -> Attributes:
    """Return the names of AgentOps and, for the rest, those of the conventions."""
    made = {
        name: value for name, value in gen_ai(payload).items() if not name.startswith(_ELSEWHERE)
    }
    return {
        **made,
        **_call(payload),
        **_usage(payload),
        **dict(_flat("gen_ai.prompt", payload.input_messages)),
        **dict(_flat("gen_ai.completion", payload.output_messages)),
        **dict(_tools(payload)),
        "agentops.tags": [*default_tags, *payload.tags] or None,
    }


def _call(payload: Payload) -> dict[str, JSON]:
    return {
        "agentops.span.kind": KINDS.get(payload.kind, "llm"),
        "agentops.entity.name": payload.name,
        "agentops.entity.input": _text(payload.input_value),
        "agentops.entity.output": _text(payload.output_value),
        "gen_ai.request.streaming": payload.stream,
        "gen_ai.streaming.time_to_first_token": payload.timing.first_token_s,
        "gen_ai.streaming.chunk_count": payload.chunks.count if payload.chunks else None,
        "gen_ai.response.finish_reason": next(iter(payload.finish_reasons), None),
        "gen_ai.user": payload.user_id,
        "error.message": payload.error.message if payload.error else None,
        "llmlog.prompt.name": payload.prompt_name,
        "llmlog.prompt.version": payload.prompt_version,
    }


def _usage(payload: Payload) -> dict[str, JSON]:
    usage = payload.usage or Usage()
    return {
        "gen_ai.usage.prompt_tokens": usage.total_input_tokens,
        "gen_ai.usage.completion_tokens": usage.total_output_tokens,
        "gen_ai.usage.total_tokens": usage.total_tokens,
        "gen_ai.usage.cache_read_input_tokens": usage.cache_read_tokens,
        "gen_ai.usage.cache_creation_input_tokens": usage.cache_write_tokens,
        "gen_ai.usage.reasoning_tokens": usage.reasoning_tokens,
        "gen_ai.usage.total_cost": dollars(payload).total,
    }


def _flat(prefix: str, messages: Sequence[Message]) -> Iterator[tuple[str, JSON]]:
    for number, message in enumerate(messages):
        for name, value in _message(chat([message])[0], message):
            yield f"{prefix}.{number}.{name}", value


def _message(made: Any, message: Message) -> Iterator[tuple[str, JSON]]:
    """Yield one message; calls of tools have names of their own in answers only."""
    yield "role", message.role
    yield "content", _text(made["content"] or None)
    yield "finish_reason", message.finish_reason
    yield "speaker", message.name
    for number, call in enumerate(made.get("tool_calls", ())):
        said = {"id": call.get("id"), "type": call["type"], **call["function"]}
        for name, value in said.items():
            yield f"tool_calls.{number}.{name}", value


def _tools(payload: Payload) -> Iterator[tuple[str, JSON]]:
    for number, tool in enumerate(tool_definitions(payload)):
        if isinstance(tool, dict):
            for key in ("type", "name", "description", "parameters"):
                name = "arguments" if key == "parameters" else key
                yield f"gen_ai.request.tools.{number}.{name}", _text(tool.get(key))


def _text(value: JSON) -> str | None:
    return None if value is None else text_of(value)
