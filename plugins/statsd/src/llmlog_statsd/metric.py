"""The metrics of one call, as lines of the protocol. Times are milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import asdict, frozen

from llmlog import Payload, Usage
from llmlog_statsd.settings import TAGS, Settings

_UNFIT = re.compile(r"[^A-Za-z0-9_\-]+")
_UNFIT_TAG = re.compile(r"[^\w\-./:]+")
LONGEST = 200


@frozen
class Reading:
    """One value: `type` is c for a count, ms for a time, h for a distribution of numbers."""

    name: str
    value: float
    type: str = "c"
    tags: Mapping[str, str] = {}


def lines(settings: Settings, payload: Payload) -> Iterator[bytes]:
    """Yield the lines of a call."""
    common = _tags(settings, payload)
    weight = payload.sample_weight or 1.0
    for reading in readings(payload):
        value = reading.value * weight if reading.type == "c" else reading.value
        yield _line(settings, reading, f"{value:.10g}" if "e" not in f"{value:.10g}"
                    else f"{value:.12f}", common).encode()  # fmt: skip


def readings(payload: Payload) -> Iterator[Reading]:
    """Yield what is known of a call."""
    timing = payload.timing
    yield Reading("calls", 1)
    yield Reading("call.duration", timing.duration_ns / 1e6, "ms")
    if timing.time_to_first_token_ns is not None:
        yield Reading("call.time_to_first_token", timing.time_to_first_token_ns / 1e6, "ms")
    yield from _used(payload)
    yield from _happened(payload)


def _used(payload: Payload) -> Iterator[Reading]:
    """Yield tokens and cost; a cached answer used no tokens."""
    cost = payload.cost
    usage = payload.usage if payload.usage and not payload.cache_hit else Usage()
    for name, count in asdict(usage).items():
        if name.endswith("_tokens") and count is not None:
            yield Reading("tokens", count, tags={"type": name.removesuffix("_tokens")})
    if usage.total_tokens is not None:
        yield Reading("call.tokens", usage.total_tokens, "h")
    if cost and cost.total is not None:
        yield Reading("cost", cost.total, tags={"currency": cost.currency})
    if payload.cost_saved is not None:
        yield Reading("cost_saved", payload.cost_saved)


def _happened(payload: Payload) -> Iterator[Reading]:
    """Yield errors, retries and cache look-ups."""
    error = payload.error
    if error or payload.status == "failure":
        yield Reading("errors", 1, tags={"error_type": error.type} if error else {})
    for attempt in payload.attempts:
        if attempt.reason != "first":
            yield Reading("retries", 1, tags={"reason": attempt.reason})
    if payload.cache_hit is not None:
        yield Reading("cache_lookups", 1, tags={"result": "hit" if payload.cache_hit else "miss"})


def _line(settings: Settings, reading: Reading, value: str, common: list[str]) -> str:
    own = [_tag(name, text) for name, text in reading.tags.items()]
    if settings.flavor == "dogstatsd":
        tags = ",".join([*common, *own])
        end = f"|#{tags}" if tags else ""
        return f"{settings.prefix}.{reading.name}:{value}|{reading.type}{end}"
    path = [
        settings.prefix,
        reading.name,
        *(_word(tag.partition(":")[2]) for tag in (*common, *own)),
    ]
    kind = "ms" if reading.type == "h" else reading.type
    return f"{'.'.join(path)}:{value}|{kind}"


def _tags(settings: Settings, payload: Payload) -> list[str]:
    """Return the tags of all metrics; without tags a missing value keeps its place in the name."""
    found = {name: getattr(payload, TAGS[name]) for name in settings.tags}
    missing = "none" if settings.flavor == "statsd" else ""
    made = [_tag(name, value or missing) for name, value in found.items() if value or missing]
    constant = [_UNFIT_TAG.sub("_", tag) for text in settings.constant_tags for tag in text.split()]
    return [*made, *constant] if settings.flavor == "dogstatsd" else made


def _tag(name: str, value: str) -> str:
    return f"{name}:{_UNFIT_TAG.sub('_', value)}"[:LONGEST]


def _word(text: str) -> str:
    return _UNFIT.sub("_", text) or "none"
