"""A call as an item: what one asks for as attributes, the whole as compressed JSON."""

from __future__ import annotations

import gzip
from typing import Any

from llmlog import Cost, Payload, Usage
from llmlog.schema import to_json

Attribute = dict[str, Any]


def item(payload: Payload, keep_days: float | None = None) -> dict[str, Attribute]:
    """Return the item of a call in DynamoDB's own notation; what is not known is left out."""
    usage, cost, error = payload.usage or Usage(), payload.cost or Cost(), payload.error
    texts = {
        "id": payload.id,
        "trace_id": payload.trace_id,
        "span_id": payload.span_id,
        "parent_span_id": payload.parent_span_id,
        "schema_version": payload.schema_version,
        "kind": payload.kind,
        "status": payload.status,
        "name": payload.name,
        "provider_name": payload.provider_name,
        "model": payload.model,
        "currency": None if cost.total is None else cost.currency,
        "error_type": error and error.type,
        "session_id": payload.session_id,
        "user_id": payload.user_id,
        "team_id": payload.team_id,
        "environment": payload.environment,
    }
    numbers = {
        "started_at_ms": payload.timing.start_unix_ns // 1_000_000,
        "duration_ms": payload.timing.duration_ns // 1_000_000,
        "total_input_tokens": usage.total_input_tokens,
        "total_output_tokens": usage.total_output_tokens,
        "cost": cost.total,
        "expires_at": _expiry(payload, keep_days),
    }
    return {
        **{name: {"S": text} for name, text in texts.items() if text is not None},
        **{name: {"N": str(value)} for name, value in numbers.items() if value is not None},
        **({"tags": {"L": [{"S": tag} for tag in payload.tags]}} if payload.tags else {}),
        "payload": {"B": gzip.compress(to_json(payload), compresslevel=6, mtime=0)},
    }


def _expiry(payload: Payload, keep_days: float | None) -> int | None:
    """Return when an item may go, in seconds since 1970, as DynamoDB's TTL takes it."""
    if keep_days is None:
        return None
    return payload.timing.start_unix_ns // 1_000_000_000 + int(keep_days * 86_400)
