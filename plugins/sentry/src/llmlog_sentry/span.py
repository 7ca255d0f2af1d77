"""A payload as attributes of Sentry's conventions, where they differ from OpenTelemetry's.

What Sentry has as text is text here: messages, reasons, the seed. It drops the events of spans, so
that the exception is in attributes; and binary content has no place in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from llmlog import Media, Message, Payload
from llmlog.encoding import dumps_text
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.otlp import Attributes, gen_ai

OPERATION_TYPES: Mapping[str, str] = {
    "agent": "agent", "tool": "tool", "chain": "other", "guardrail": "other", "retrieval": "other",
}  # fmt: skip
_BLOB = "[Blob substitute]"


def attributes(payload: Payload) -> Attributes:
    """Return all attributes of a call."""
    system = [message for message in payload.input_messages if message.role == "system"]
    rest = [message for message in payload.input_messages if message.role != "system"]
    shown = evolve(payload, input_messages=map(_without_blobs, rest),
                   output_messages=map(_without_blobs, payload.output_messages))  # fmt: skip
    made = gen_ai(shown, "current")
    return {
        **made,
        "sentry.op": f"gen_ai.{made['gen_ai.operation.name']}",
        "sentry.environment": payload.environment,
        "sentry.release": payload.release,
        "gen_ai.system_instructions": "\n\n".join(message.text for message in system) or None,
        "gen_ai.response.finish_reasons": _text(list(payload.finish_reasons)),
        "gen_ai.request.seed": _text(payload.parameters.get("seed")),
        "gen_ai.embeddings.input": _embedded(payload),
        "gen_ai.operation.type": OPERATION_TYPES.get(payload.kind, "ai_client"),
        "gen_ai.pipeline.name": payload.name if payload.kind == "chain" else None,
        **_numbers(payload),
        **_error(payload),
    }


def _numbers(payload: Payload) -> Attributes:
    """Return the sum of tokens, whether it was a stream, and the cost if it is in dollars."""
    cost = dollars(payload)
    return {
        "gen_ai.response.streaming": payload.stream,
        "gen_ai.usage.total_tokens": payload.usage and payload.usage.total_tokens,
        "gen_ai.usage.cache_creation.input_tokens": payload.usage
        and payload.usage.cache_write_tokens,
        "gen_ai.cost.input_tokens": cost.input,
        "gen_ai.cost.output_tokens": cost.output,
        "gen_ai.cost.total_tokens": cost.total,
    }


def _error(payload: Payload) -> Attributes:
    error = payload.error
    return {} if error is None else {
        "exception.type": error.type,
        "exception.message": error.message,
        "exception.stacktrace": error.stacktrace,
    }  # fmt: skip


def _embedded(payload: Payload) -> JSON:
    return _text(payload.input_value) if payload.kind == "embedding" else None


def _without_blobs(message: Message) -> Message:
    parts = [
        evolve(part, content=_BLOB) if isinstance(part, Media) and part.content else part
        for part in message.parts
    ]
    return evolve(message, parts=parts)


def _text(value: JSON) -> str | None:
    """Return one text of a value: of a list with one text, that; None for nothing."""
    if value is None or value == []:
        return None
    only = value[0] if isinstance(value, list) and len(value) == 1 else value
    return only if isinstance(only, str) else dumps_text(value)
