"""What can be counted of a call, for the plugins that send metrics one call at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import asdict, frozen

from llmlog.payload import Payload, Usage


@frozen
class Measure:
    """One value: a sum that grows, a duration in seconds, or a size, whose spread counts."""

    name: str
    value: float
    kind: Literal["sum", "duration", "size"] = "sum"
    labels: Mapping[str, str] = {}


def measures(payload: Payload) -> Iterator[Measure]:
    """Yield what is known of a call."""
    timing = payload.timing
    yield Measure("calls", 1)
    yield Measure("call.duration", timing.duration_ns / 1e9, "duration")
    if timing.time_to_first_token_ns is not None:
        yield Measure("call.time_to_first_token", timing.time_to_first_token_ns / 1e9, "duration")
    yield from _used(payload)
    yield from _happened(payload)


def _used(payload: Payload) -> Iterator[Measure]:
    """Yield tokens and cost; a cached answer used no tokens."""
    cost = payload.cost
    usage = payload.usage if payload.usage and not payload.cache_hit else Usage()
    for name, count in asdict(usage).items():
        if name.endswith("_tokens") and count is not None:
            yield Measure("tokens", count, labels={"type": name.removesuffix("_tokens")})
    if usage.total_tokens is not None:
        yield Measure("call.tokens", usage.total_tokens, "size")
    if cost and cost.total is not None:
        yield Measure("cost", cost.total, labels={"currency": cost.currency})
    if payload.cost_saved is not None:
        yield Measure("cost_saved", payload.cost_saved)


def _happened(payload: Payload) -> Iterator[Measure]:
    """Yield errors, retries and cache look-ups."""
    error = payload.error
    if error or payload.status == "failure":
        yield Measure("errors", 1, labels={"error_type": error.type} if error else {})
    for attempt in payload.attempts:
        if attempt.reason != "first":
            yield Measure("retries", 1, labels={"reason": attempt.reason})
    if payload.cache_hit is not None:
        yield Measure("cache_lookups", 1, labels={"result": "hit" if payload.cache_hit else "miss"})
