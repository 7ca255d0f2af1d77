"""Payloads as series of points.

Everything is a distribution: Datadog adds up the values of one second, where of two gauges one
would get lost; and how many values there are is the number of calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.fact import dollars
from llmlog.message import JSON

Tags = Callable[[Payload], Sequence[str]]


def series(prefix: str, tags: Tags, host: str | None, batch: Sequence[Payload]) -> list[JSON]:
    """Return one series for each metric, host and set of tags, its points by their second."""
    made: dict[tuple[str, ...], dict[int, list[float]]] = {}
    for payload in batch:
        labels = (host or payload.host_name or "", *tags(payload), *_tags(payload))
        for name, value in values(payload):
            points = made.setdefault((f"{prefix}.{name}", *labels), {})
            points.setdefault(payload.timing.end_unix_ns // 10**9, []).append(value)
    return [_series(key, points) for key, points in made.items()]


def _series(key: tuple[str, ...], points: Mapping[int, list[float]]) -> JSON:
    metric, host, *tags = key
    return present({
        "metric": metric,
        "type": "distribution",
        "points": [[second, points[second]] for second in sorted(points)],
        "host": host or None,
        "tags": tags,
    })  # fmt: skip


def values(payload: Payload) -> Iterator[tuple[str, float]]:
    """Yield each metric that a call has a value of; times in seconds, costs in dollars."""
    timing, usage = payload.timing, payload.usage or Usage()
    known = {
        "call.duration": timing.duration_ns / 1e9,
        "call.time_to_first_token": timing.first_token_s,
        "call.queue": None if timing.queue_ns is None else timing.queue_ns / 1e9,
        "call.attempts": len(payload.attempts) or None,
        "tokens.input": usage.total_input_tokens,
        "tokens.output": usage.total_output_tokens,
        "tokens.cache_read": usage.cache_read_tokens,
        "tokens.cache_write": usage.cache_write_tokens,
        "tokens.reasoning": usage.reasoning_tokens,
        "cost": dollars(payload).total,
        "cost.saved": payload.cost_saved,
    }
    for name, value in known.items():
        if value is not None:
            yield name, float(value)


def _tags(payload: Payload) -> Iterator[str]:
    """Yield what a call is counted by: nothing that names a person, a session or a call."""
    error = payload.error
    known = {
        "kind": payload.kind,
        "status": payload.status,
        "provider": payload.provider_name,
        "model": payload.request_model or payload.response_model,
        "stream": None if payload.stream is None else str(payload.stream).lower(),
        "cache_hit": None if payload.cache_hit is None else str(payload.cache_hit).lower(),
        "error_type": error and error.type,
        "error_code": error and error.code,
        "status_code": error and error.status_code,
        "team": payload.team_id,
    }
    for name, value in known.items():
        if value:
            yield f"{name}:{value}"
