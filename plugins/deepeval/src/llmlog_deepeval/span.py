"""A payload as attributes: OpenTelemetry's conventions, and Confident AI's own.

Source: the attribute names of the vendor's SDK confident-trace.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import chat, text_of
from llmlog.encoding import dumps_text
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.otlp import Attributes, gen_ai, span_name

TYPES: Mapping[str, str] = {
    "tool": "tool", "retrieval": "retriever", "agent": "agent", "chain": "base",
    "guardrail": "base",
}  # fmt: skip


def attributes(payload: Payload) -> Attributes:
    """Return all attributes of a call."""
    usage = payload.usage or Usage()
    return {
        **gen_ai(payload),
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
        "confident.span.type": TYPES.get(payload.kind, "llm"),
        "confident.span.integration": "OpenTelemetry",
        "confident.span.input": _input(payload),
        "confident.span.output": _output(payload),
        "confident.span.metadata": _object(payload.metadata),
        **_prices(payload, usage),
        **_trace(payload),
    }


def _trace(payload: Payload) -> Attributes:
    """Return what is said of the trace, its name and content by the outermost call alone."""
    outermost = payload.parent_span_id is None
    return {
        "confident.trace.name": (payload.name or span_name(payload)) if outermost else None,
        "confident.trace.input": _input(payload) if outermost else None,
        "confident.trace.output": _output(payload) if outermost else None,
        "confident.trace.metadata": _object(payload.metadata) if outermost else None,
        "confident.trace.tags": list(payload.tags) or None,
        "confident.trace.environment": payload.environment,
        "confident.trace.user_id": payload.user_id,
        "confident.trace.thread_id": payload.session_id,
    }


def _prices(payload: Payload, usage: Usage) -> Attributes:
    """Return dollars per token, the only form of a cost that Confident AI takes."""
    cost = dollars(payload)
    return {
        "confident.llm.cost_per_input_token": _each(cost.input, usage.total_input_tokens),
        "confident.llm.cost_per_output_token": _each(cost.output, usage.total_output_tokens),
    }


def _each(cost: float | None, tokens: int | None) -> float | None:
    return cost / tokens if cost is not None and tokens else None


def _input(payload: Payload) -> str | None:
    return _said(chat(payload.input_messages) or payload.input_value)


def _output(payload: Payload) -> str | None:
    """Return the words of a single answer, anything else as JSON text."""
    messages = payload.output_messages
    if len(messages) == 1 and messages[0].text and not messages[0].tool_calls:
        return messages[0].text
    return _said(chat(messages) or payload.output_value)


def _said(value: JSON) -> str | None:
    return None if value is None else text_of(value)


def _object(values: Mapping[str, JSON]) -> str | None:
    return dumps_text(dict(values)) if values else None
