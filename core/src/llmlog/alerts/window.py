"""What the calls of the last seconds amount to, in a bounded number of buckets."""

from __future__ import annotations

import math
from collections import Counter, deque

from attrs import define, field

from llmlog.alerts.rule import RATES, Rule
from llmlog.payload import Payload

BUCKETS = 30
_STEP = math.log(1.05)


@define
class Bucket:
    """Sums of one part of the window; durations are counted in steps of 5 %."""

    start_s: float
    calls: int = 0
    failures: int = 0
    cost: float = 0.0
    tokens: int = 0
    latency: Counter[int] = field(factory=Counter)
    first_token: Counter[int] = field(factory=Counter)

    def add(self, payload: Payload) -> None:
        """Count a call."""
        self.calls += 1
        self.failures += payload.status == "failure"
        self.cost += (payload.cost and payload.cost.total) or 0.0
        self.tokens += (payload.usage and payload.usage.total_tokens) or 0
        self.latency[_step(payload.timing.duration_ns)] += 1
        if (first := payload.timing.time_to_first_token_ns) is not None:
            self.first_token[_step(first)] += 1


class Window:
    """The buckets of one group of calls."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._buckets: deque[Bucket] = deque()

    def add(self, payload: Payload, now_s: float) -> None:
        """Count a call that has just ended."""
        if not self._buckets or now_s - self._buckets[-1].start_s >= self._rule.window_s / BUCKETS:
            self._buckets.append(Bucket(now_s))
        self._buckets[-1].add(payload)

    def forget(self, now_s: float) -> None:
        """Let go of what is older than the window."""
        while self._buckets and now_s - self._buckets[0].start_s >= self._rule.window_s:
            self._buckets.popleft()

    @property
    def empty(self) -> bool:
        """Say whether there was no call within the window."""
        return not self._buckets

    @property
    def calls(self) -> int:
        """Return how many calls ended within the window."""
        return sum(bucket.calls for bucket in self._buckets)

    def value(self) -> float | None:
        """Return what the rule measures; None if there were too few calls to say."""
        rule = self._rule
        if rule.measure in RATES and self.calls < rule.at_least:
            return None
        if rule.measure == "failure_rate":
            return self._sum("failures") / self.calls
        if rule.measure in RATES:
            return self._percentile(rule.measure)
        return self._sum(rule.measure)

    def _sum(self, name: str) -> float:
        return float(sum(getattr(bucket, name) for bucket in self._buckets))

    def _percentile(self, name: str) -> float | None:
        steps: Counter[int] = Counter()
        for bucket in self._buckets:
            steps.update(getattr(bucket, name))
        rank = self._rule.percentile * steps.total()
        passed = 0
        for step in sorted(steps):
            passed += steps[step]
            if passed >= rank:
                return math.exp(step * _STEP) / 1e9
        return None


def _step(duration_ns: int) -> int:
    return math.ceil(math.log(max(duration_ns, 1)) / _STEP)
