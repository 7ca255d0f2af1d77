"""A payload as a row: what one asks for in columns, the whole as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from llmlog import Cost, Error, Payload, Usage
from llmlog.encoding import dumps_text

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def started(payload: Payload) -> datetime:
    """Return when a call began, in UTC."""
    return _EPOCH + timedelta(microseconds=payload.timing.start_unix_ns // 1000)


def text_of(time: datetime) -> str:
    """Return a time as SQLite's own functions write and read it: UTC, with milliseconds."""
    utc = time.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


def row(payload: Payload) -> dict[str, Any]:
    """Return the columns of a call. Durations are milliseconds; what is not known is None."""
    first_ns = payload.timing.time_to_first_token_ns
    return {
        "id": payload.id,
        "trace_id": payload.trace_id,
        "span_id": payload.span_id,
        "parent_span_id": payload.parent_span_id,
        "started_at": text_of(started(payload)),
        "kind": payload.kind,
        "status": payload.status,
        "name": payload.name,
        "provider_name": payload.provider_name,
        "request_model": payload.request_model,
        "model": payload.model,
        **_numbers(payload.usage or Usage(), payload.cost or Cost()),
        "time_to_first_token_ms": None if first_ns is None else first_ns / 1e6,
        "duration_ms": payload.timing.duration_ns / 1e6,
        "stream": payload.stream,
        "cache_hit": payload.cache_hit,
        "attempts": len(payload.attempts) or None,
        **_error(payload.error),
        "session_id": payload.session_id,
        "user_id": payload.user_id,
        "team_id": payload.team_id,
        "tags": dumps_text(list(payload.tags)),
        "service_name": payload.service_name,
        "environment": payload.environment,
        "payload": dumps_text(payload),
    }


def _numbers(usage: Usage, cost: Cost) -> Mapping[str, Any]:
    return {
        "total_input_tokens": usage.total_input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "total_output_tokens": usage.total_output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "total_tokens": usage.total_tokens,
        "cost": cost.total,
        "currency": None if cost.total is None else cost.currency,
    }


def _error(error: Error | None) -> Mapping[str, Any]:
    return {
        "error_type": error and error.type,
        "error_message": error and error.message,
        "error_status_code": error and error.status_code,
    }
