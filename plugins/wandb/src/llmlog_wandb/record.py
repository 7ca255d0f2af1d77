"""A payload as metrics of one step and as one row of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from llmlog import Media, Message, Payload, Reasoning, Text, ToolCall, ToolResult, Usage
from llmlog.encoding import dumps_text
from llmlog.message import JSON, Part

COLUMNS: Final = (
    "id", "started_at", "kind", "status", "name", "provider", "model", "input_tokens",
    "output_tokens", "total_tokens", "cost", "currency", "time_to_first_token_s", "latency_s",
    "finish_reasons", "error", "session", "user", "tags", "input", "output", "record",
)  # fmt: skip
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def metrics(payload: Payload, prefix: str) -> dict[str, float]:
    """Return what can be drawn of a call, under names that begin with the prefix.

    `_timestamp` is when the call ended, in place of the time at which it is logged.
    """
    found = {
        "latency_s": payload.timing.duration_ns / 1e9,
        "time_to_first_token_s": _seconds(payload.timing.time_to_first_token_ns),
        **_tokens(payload.usage or Usage()),
        **_money(payload),
    }
    known = {f"{prefix}/{name}": value for name, value in found.items() if value is not None}
    return known | {"_timestamp": payload.timing.end_unix_ns / 1e9}


def _tokens(usage: Usage) -> Mapping[str, int | None]:
    return {
        "input_tokens": usage.total_input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "output_tokens": usage.total_output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "total_tokens": usage.total_tokens,
    }


def _money(payload: Payload) -> Mapping[str, float | None]:
    cost = payload.cost
    return {f"cost_{cost.currency.lower()}": cost.total} if cost else {}


def row(payload: Payload) -> list[Any]:
    """Return the cells of a call, in the order of `COLUMNS`."""
    usage, cost, error = payload.usage or Usage(), payload.cost, payload.error
    start = _EPOCH + timedelta(microseconds=payload.timing.start_unix_ns // 1000)
    return [
        payload.id, start.isoformat(timespec="milliseconds"), payload.kind, payload.status,
        payload.name, payload.provider_name, payload.model, usage.total_input_tokens,
        usage.total_output_tokens, usage.total_tokens, cost and cost.total,
        None if cost is None or cost.total is None else cost.currency,
        _seconds(payload.timing.time_to_first_token_ns), payload.timing.duration_ns / 1e9,
        ", ".join(payload.finish_reasons) or None,
        error and f"{error.type}: {error.message}", payload.session_id, payload.user_id,
        ", ".join(payload.tags) or None,
        _said(payload.input_messages, payload.input_value),
        _said(payload.output_messages, payload.output_value),
        dumps_text(payload),
    ]  # fmt: skip


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e9


def _said(messages: Sequence[Message], value: JSON) -> str | None:
    """Return what was said, as one reads it; None if nothing was."""
    lines = [
        f"{message.role}: {part}" for message in messages for part in map(_part, message.parts)
    ]
    if value is not None:
        lines.append(value if isinstance(value, str) else dumps_text(value))
    return "\n".join(lines) or None


def _part(part: Part) -> str:
    if isinstance(part, (Text, Reasoning)):
        return part.content
    if isinstance(part, ToolCall):
        return f"{part.name}({dumps_text(part.arguments)})"
    if isinstance(part, ToolResult):
        return dumps_text(part.response)
    return f"[{part.modality}]" if isinstance(part, Media) else dumps_text(part.value)
