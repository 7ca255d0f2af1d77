"""Many measured times in a few numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which `share` of an ordered sequence lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def percentiles(times_ns: Sequence[int]) -> dict[str, float]:
    """Return p50, p99, p99.9 and the maximum, in microseconds."""
    ordered = sorted(times_ns)
    shares = {"p50_us": 0.5, "p99_us": 0.99, "p999_us": 0.999}
    made = {name: quantile(ordered, share) / 1000 for name, share in shares.items()}
    return {**made, "max_us": ordered[-1] / 1000}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return the median and how far the repetitions lie apart."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}
