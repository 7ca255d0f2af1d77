"""What the conventions have no word for, under `llmlog.`; times in seconds."""

from __future__ import annotations

import attrs

from llmlog import Cost, Error, Payload
from llmlog.message import JSON
from llmlog.payload import ChunkTiming


def extra(payload: Payload) -> dict[str, JSON]:
    """Return llmlog's own attributes of a call: cost, tags, metadata and `facts`."""
    return {
        **facts(payload),
        **money(payload),
        "llmlog.tags": list(payload.tags) or None,
        **{f"llmlog.metadata.{name}": value for name, value in payload.metadata.items()},
    }


def facts(payload: Payload) -> dict[str, JSON]:
    """Return what hardly a backend has a place of its own for."""
    return {
        "llmlog.id": payload.id,
        "llmlog.kind": payload.kind,
        "llmlog.status": payload.status,
        "llmlog.usage.origin": payload.usage.origin if payload.usage else None,
        "llmlog.cost.saved": payload.cost_saved,
        **_timing(payload),
        **_error(payload.error),
        **_owner(payload),
        **_gateway(payload),
        "llmlog.sample_weight": payload.sample_weight,
        "llmlog.changes": [attrs.asdict(change) for change in payload.changes] or None,
    }


def money(payload: Payload) -> dict[str, JSON]:
    """Return the cost, its currency and where it comes from."""
    cost = payload.cost or Cost()
    return {
        "llmlog.cost.total": cost.total,
        "llmlog.cost.input": cost.input,
        "llmlog.cost.output": cost.output,
        "llmlog.cost.currency": cost.currency if payload.cost else None,
        "llmlog.cost.source": cost.source,
        "llmlog.cost.model": cost.model,
        "llmlog.cost.reason": cost.reason,
    }


def _timing(payload: Payload) -> dict[str, JSON]:
    chunks = payload.chunks or ChunkTiming(count=0)
    return {
        "llmlog.queue_s": _seconds(payload.timing.queue_ns),
        "llmlog.api_s": _seconds(payload.timing.api_ns),
        "llmlog.stream.chunks": chunks.count or None,
        "llmlog.stream.gap_p50_s": _seconds(chunks.gap_p50_ns),
        "llmlog.stream.gap_p95_s": _seconds(chunks.gap_p95_ns),
        "llmlog.stream.gap_max_s": _seconds(chunks.gap_max_ns),
        "llmlog.stream.stalls": chunks.stalls if payload.chunks else None,
    }


def _error(error: Error | None) -> dict[str, JSON]:
    return {} if error is None else {
        "llmlog.error.code": error.code,
        "llmlog.error.request_id": error.request_id,
        "llmlog.error.retryable": error.retryable,
    }  # fmt: skip


def _owner(payload: Payload) -> dict[str, JSON]:
    return {
        "llmlog.team.id": payload.team_id,
        "llmlog.organization.id": payload.organization_id,
        "llmlog.project.id": payload.project_id,
        "llmlog.key.alias": payload.key_alias,
        "llmlog.key.hash": payload.key_hash,
    }


def _gateway(payload: Payload) -> dict[str, JSON]:
    return {
        "llmlog.deployment.id": payload.deployment_id,
        "llmlog.model_alias": payload.model_alias,
        "llmlog.service_tier": payload.service_tier,
        "llmlog.cache.hit": payload.cache_hit,
        "llmlog.cache.key": payload.cache_key,
        **{f"llmlog.rate_limit.{name}": value for name, value in payload.rate_limit.items()},
    }


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9
