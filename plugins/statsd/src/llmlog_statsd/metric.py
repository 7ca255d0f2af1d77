"""The metrics of one call, as lines of the protocol. Times are milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from llmlog import Payload
from llmlog.measure import Measure, measures
from llmlog_statsd.settings import TAGS, Settings

_UNFIT = re.compile(r"[^A-Za-z0-9_\-]+")
_UNFIT_TAG = re.compile(r"[^\w\-./:]+")
LONGEST = 200
TYPES: Mapping[str, str] = {"sum": "c", "duration": "ms", "size": "h"}
"""A count, a time, and a distribution of numbers, which plain StatsD has as times."""


def lines(settings: Settings, payload: Payload) -> Iterator[bytes]:
    """Yield the lines of a call."""
    common = _tags(settings, payload)
    factors = {"sum": payload.sample_weight or 1.0, "duration": 1_000.0}
    for measure in measures(payload):
        value = measure.value * factors.get(measure.kind, 1.0)
        yield _line(settings, measure, f"{value:.10g}" if "e" not in f"{value:.10g}"
                    else f"{value:.12f}", common).encode()  # fmt: skip


def _line(settings: Settings, measure: Measure, value: str, common: list[str]) -> str:
    own = [_tag(name, text) for name, text in measure.labels.items()]
    if settings.flavor == "dogstatsd":
        tags = ",".join([*common, *own])
        end = f"|#{tags}" if tags else ""
        return f"{settings.prefix}.{measure.name}:{value}|{TYPES[measure.kind]}{end}"
    path = [
        settings.prefix,
        measure.name,
        *(_word(tag.partition(":")[2]) for tag in (*common, *own)),
    ]
    kind = TYPES[measure.kind].replace("h", "ms")
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
