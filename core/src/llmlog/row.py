"""A call as a row of a table: what one asks for in columns, for the plugins that write tables.

A column that was published keeps its name and kind; a change of the tables is one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from llmlog.instant import utc
from llmlog.message import JSON
from llmlog.payload import Cost, Payload

KINDS: Final[Mapping[str, str]] = {
    "id": "text",
    "trace_id": "text",
    "span_id": "text",
    "parent_span_id": "text",
    "started_at": "time",
    "duration_ms": "number",
    "time_to_first_token_ms": "number",
    "kind": "text",
    "status": "text",
    "name": "text",
    "provider_name": "text",
    "model": "text",
    "total_input_tokens": "count",
    "cache_read_tokens": "count",
    "total_output_tokens": "count",
    "reasoning_tokens": "count",
    "cost": "number",
    "currency": "text",
    "error_type": "text",
    "error_message": "text",
    "session_id": "text",
    "user_id": "text",
    "team_id": "text",
    "service_name": "text",
    "environment": "text",
    "tags": "texts",
}
"""What each column holds."""


def table(types: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a table with their types, given one for each kind.

    The kinds are text, time, number, count, texts, and `whole` for the last column, `payload`.
    """
    return {name: types[kind] for name, kind in {**KINDS, "payload": "whole"}.items()}


def columns(payload: Payload) -> dict[str, Any]:
    """Return the columns that all tables of calls have; what is not known is None.

    `started_at` is a `datetime` in UTC, exact to a microsecond; durations are milliseconds. A
    table has the whole record beside them, in a column of its own making.
    """
    usage, cost, error = payload.tokens, payload.cost or Cost(), payload.error
    return {
        "id": payload.id,
        "trace_id": payload.trace_id,
        "span_id": payload.span_id,
        "parent_span_id": payload.parent_span_id,
        "started_at": utc(payload.timing.start_unix_ns),
        "duration_ms": payload.timing.duration_ms,
        "time_to_first_token_ms": payload.timing.first_token_ms,
        "kind": payload.kind,
        "status": payload.status,
        "name": payload.name,
        "provider_name": payload.provider_name,
        "model": payload.model,
        "total_input_tokens": usage.total_input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "total_output_tokens": usage.total_output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost": cost.total,
        "currency": None if cost.total is None else cost.currency,
        "error_type": error and error.type,
        "error_message": error and error.message,
        "session_id": payload.session_id,
        "user_id": payload.user_id,
        "team_id": payload.team_id,
        "service_name": payload.service_name,
        "environment": payload.environment,
        "tags": list(payload.tags),
    }


def without_nul(value: JSON) -> JSON:
    """Return a value with U+FFFD for each NUL, which no text of PostgreSQL can hold."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {without_nul(name): without_nul(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nul(item) for item in value]
    return value
