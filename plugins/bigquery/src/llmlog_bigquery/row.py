"""A call as a row: what one asks for in columns, the whole as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from llmlog import Cost, Payload, Usage
from llmlog.chat import present
from llmlog.message import JSON
from llmlog.schema import to_json

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def row(payload: Payload) -> dict[str, JSON]:
    """Return the columns of a call; what is not known is left out."""
    usage, cost, error = payload.usage or Usage(), payload.cost or Cost(), payload.error
    start = _EPOCH + timedelta(microseconds=payload.timing.start_unix_ns // 1000)
    first_ns = payload.timing.time_to_first_token_ns
    made = {
        "id": payload.id,
        "trace_id": payload.trace_id,
        "span_id": payload.span_id,
        "parent_span_id": payload.parent_span_id,
        "started_at": start.isoformat(),
        "duration_ms": payload.timing.duration_ns / 1e6,
        "time_to_first_token_ms": None if first_ns is None else first_ns / 1e6,
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
        "payload": to_json(payload).decode(),
    }
    return present(made)
