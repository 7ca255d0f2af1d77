"""One call as one event: its id is the transaction, so that it is billed once."""

from __future__ import annotations

from decimal import Decimal

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.message import JSON
from llmlog_lago.settings import Settings


def event(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return the event of a call. Its time is explicit: a part of the key in Lago's newer store."""
    seconds, rest = divmod(payload.timing.end_unix_ns, 10**9)
    return present({
        "transaction_id": payload.id,
        "external_subscription_id": subscription(settings, payload),
        "code": settings.code,
        "timestamp": f"{seconds}.{rest // 1_000_000:03d}",
        "precise_total_amount_cents": _cents(payload),
        "properties": properties(payload),
    })  # fmt: skip


def subscription(settings: Settings, payload: Payload) -> str:
    """Return who pays for a call; raise `ValueError` if nobody does."""
    found = getattr(payload, settings.charge_by) or settings.default_subscription
    if not found:
        field = settings.charge_by
        raise ValueError(f"no {field}: set default_subscription, or give calls a {field}")
    return str(found)


def _cents(payload: Payload) -> str | None:
    cost = payload.cost.total if payload.cost else None
    return None if cost is None else f"{Decimal(repr(cost)) * 100:f}"


def properties(payload: Payload) -> dict[str, JSON]:
    """Return what a metric can add up or filter by: texts and numbers, nothing that was said."""
    usage, cost, timing = payload.usage or Usage(), payload.cost, payload.timing
    return present({
        "model": payload.model, "request_model": payload.request_model,
        "provider": payload.provider_name, "kind": payload.kind, "status": payload.status,
        "stream": _word(payload.stream),
        "tokens_in": usage.total_input_tokens, "tokens_out": usage.total_output_tokens,
        "total_tokens": usage.total_tokens, "input_tokens": usage.input_tokens,
        "cached_input_tokens": usage.cache_read_tokens,
        "cache_creation_tokens": usage.cache_write_tokens, "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "audio_input_tokens": usage.input_audio_tokens,
        "audio_output_tokens": usage.output_audio_tokens,
        "image_input_tokens": usage.input_image_tokens,
        "cost": cost and cost.total, "currency": cost and cost.currency,
        "latency_ms": timing.duration_ns / 1e6, "cache_hit": _word(payload.cache_hit),
        "user_id": payload.user_id, "team_id": payload.team_id, "session_id": payload.session_id,
        "key_alias": payload.key_alias, "environment": payload.environment,
        "trace_id": payload.trace_id,
    })  # fmt: skip


def _word(value: bool | None) -> str | None:  # noqa: FBT001
    return None if value is None else str(value).lower()
