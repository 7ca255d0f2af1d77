"""A payload as metrics of one step and as one row of the table."""

from __future__ import annotations

from typing import Any

from llmlog import Payload
from llmlog.encoding import dumps_text
from llmlog.instant import utc
from llmlog.naming import renamed
from llmlog.wording import talk

TOKENS = {
    "input_tokens": "total_input_tokens", "cache_read_tokens": "cache_read_tokens",
    "output_tokens": "total_output_tokens", "reasoning_tokens": "reasoning_tokens",
    "total_tokens": "total_tokens",
}  # fmt: skip


def metrics(payload: Payload, prefix: str) -> dict[str, float]:
    """Return what can be drawn of a call, under names that begin with the prefix.

    `_timestamp` is when the call ended, in place of the time at which it is logged.
    """
    cost, timing = payload.cost, payload.timing
    found: dict[str, Any] = {
        "latency_s": timing.duration_s,
        "time_to_first_token_s": timing.first_token_s,
        **renamed(payload.tokens, TOKENS),
        **({f"cost_{cost.currency.lower()}": cost.total} if cost else {}),
    }
    known = {f"{prefix}/{name}": value for name, value in found.items() if value is not None}
    return known | {"_timestamp": timing.end_unix_ns / 1e9}


def row(payload: Payload) -> dict[str, Any]:
    """Return the cells of a call by their columns."""
    usage, cost, error, timing = payload.tokens, payload.cost, payload.error, payload.timing
    total = cost and cost.total
    return {
        "id": payload.id,
        "started_at": utc(timing.start_unix_ns).isoformat(timespec="milliseconds"),
        "kind": payload.kind, "status": payload.status, "name": payload.name,
        "provider": payload.provider_name, "model": payload.model,
        "input_tokens": usage.total_input_tokens, "output_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
        "cost": total, "currency": None if cost is None or total is None else cost.currency,
        "time_to_first_token_s": timing.first_token_s,
        "latency_s": timing.duration_s,
        "finish_reasons": ", ".join(payload.finish_reasons) or None,
        "error": error and f"{error.type}: {error.message}",
        "session": payload.session_id, "user": payload.user_id,
        "tags": ", ".join(payload.tags) or None,
        "input": talk(payload.input_messages, payload.input_value),
        "output": talk(payload.output_messages, payload.output_value),
        "record": dumps_text(payload),
    }  # fmt: skip
