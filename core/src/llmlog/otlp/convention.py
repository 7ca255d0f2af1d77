"""A payload as the attributes of the GenAI semantic conventions.

Source: open-telemetry/semantic-conventions-genai, which took the names over from the semantic
conventions v1.41 and renamed some. `current` are its names, `previous` the older spelling that
backends still read. What the conventions have no word for is under `llmlog.`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from llmlog import Payload, Usage
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.otlp.extra import extra
from llmlog.otlp.message import input_messages, output_messages, tool_definitions
from llmlog.otlp.parameter import parameters

Attributes = Mapping[str, JSON]
"""Names to plain values. None is left out; what is nested becomes JSON text."""

Mapper = Callable[[Payload], Attributes]

Conventions = Literal["current", "previous", "both"]

OPERATIONS: Mapping[str, str] = {
    "embedding": "embeddings", "image": "generate_content", "speech": "generate_content",
    "tool": "execute_tool", "agent": "invoke_agent", "chain": "invoke_workflow",
}  # fmt: skip
_OUTPUT_TYPES: Mapping[str, str] = {"image": "image", "speech": "speech"}
_NAMES: Mapping[str, str] = {
    "tool": "gen_ai.tool.name", "agent": "gen_ai.agent.name", "chain": "gen_ai.workflow.name",
}  # fmt: skip


def gen_ai(payload: Payload, conventions: Conventions = "both") -> Attributes:
    """Return all attributes of a call; the names of the conventions win over free ones."""
    made: dict[str, JSON] = {**payload.attributes, **extra(payload)}
    for part in (_call, _request, _response, _usage, _content, _subject):
        made.update(part(payload))
    if conventions != "previous":
        made.update(_current(payload))
    if conventions != "current":
        made.update(_previous(payload))
    return made


def operation(payload: Payload) -> str:
    """Return the value of `gen_ai.operation.name`; a kind without one is its own word."""
    return OPERATIONS.get(payload.kind, payload.kind)


def span_name(payload: Payload) -> str:
    """Return the operation and what it is done with, as the conventions have it."""
    about = payload.name if payload.kind in _NAMES else payload.request_model or payload.model
    return f"{operation(payload)} {about}" if about else operation(payload)


def call_name(payload: Payload) -> str:
    """Return the user's name of the call, else what `span_name` makes of it."""
    return payload.name or span_name(payload)


def error_type(payload: Payload) -> str | None:
    """Return what went wrong in one word.

    None for success, and for a call that its own caller ended without an error.
    """
    if payload.error is not None:
        return payload.error.type
    return payload.status if payload.status in ("failure", "blocked") else None


def _call(payload: Payload) -> Attributes:
    return {
        "gen_ai.operation.name": operation(payload),
        "gen_ai.provider.name": payload.provider_name,
        "server.address": payload.server_address,
        "server.port": payload.server_port,
        "error.type": error_type(payload),
        "http.response.status_code": payload.error.status_code if payload.error else None,
        _NAMES.get(payload.kind, "llmlog.name"): payload.name,
    }


def _request(payload: Payload) -> Attributes:
    return {
        "gen_ai.request.model": payload.request_model,
        "gen_ai.request.stream": payload.stream or None,
        "gen_ai.output.type": _OUTPUT_TYPES.get(payload.kind),
        "gen_ai.prompt.name": payload.prompt_name,
        "gen_ai.prompt.version": payload.prompt_version,
        "gen_ai.tool.definitions": tool_definitions(payload) or None,
        **parameters(payload.parameters),
    }


def _response(payload: Payload) -> Attributes:
    first_ns = payload.timing.time_to_first_token_ns
    return {
        "gen_ai.response.id": payload.response_id,
        "gen_ai.response.model": payload.response_model,
        "gen_ai.response.finish_reasons": list(payload.finish_reasons) or None,
        "gen_ai.response.time_to_first_chunk": None if first_ns is None else first_ns / 1e9,
    }


def _usage(payload: Payload) -> Attributes:
    usage = payload.usage or Usage()
    return {
        "gen_ai.usage.input_tokens": usage.total_input_tokens,
        "gen_ai.usage.output_tokens": usage.total_output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
    }


def _content(payload: Payload) -> Iterator[tuple[str, JSON]]:
    yield "gen_ai.input.messages", input_messages(payload) or None
    names = {
        "tool": ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
        "retrieval": ("gen_ai.retrieval.query.text", "gen_ai.retrieval.documents"),
    }.get(payload.kind, ("llmlog.input.value", "llmlog.output.value"))
    yield names[0], payload.input_value
    yield names[1], payload.output_value


def _subject(payload: Payload) -> Attributes:
    return {
        "gen_ai.conversation.id": payload.session_id,
        "session.id": payload.session_id,
        "user.id": payload.user_id,
    }


def _current(payload: Payload) -> Attributes:
    usage = payload.usage or Usage()
    return {
        "gen_ai.usage.cache_write.input_tokens": usage.cache_write_tokens,
        "gen_ai.usage.audio.input_tokens": usage.input_audio_tokens,
        "gen_ai.usage.image.input_tokens": usage.input_image_tokens,
        "gen_ai.usage.audio.output_tokens": usage.output_audio_tokens,
        "gen_ai.usage.image.output_tokens": usage.output_image_tokens,
        "gen_ai.output.messages": output_messages(payload, require_reason=False) or None,
    }


def _previous(payload: Payload) -> Attributes:
    """Return older names.

    `gen_ai.system` is that of v1.36 and before; `gen_ai.usage.cost` was never published, but is
    what backends read a cost in dollars from.
    """
    return {
        "gen_ai.system": payload.provider_name,
        "gen_ai.usage.cache_creation.input_tokens": (payload.usage or Usage()).cache_write_tokens,
        "gen_ai.usage.cost": dollars(payload).total,
        "gen_ai.output.messages": output_messages(payload) or None,
    }
