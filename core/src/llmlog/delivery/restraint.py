"""When a lane leaves its backend alone: after a failure, and as long as the breaker is open."""

from __future__ import annotations

from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.outcome import Refused, Retryable
from llmlog.delivery.retry import (
    FIRST_S,
    LONGEST_S,
    REFUSED_FIRST_S,
    REFUSED_LONGEST_S,
    Backoff,
    Budget,
)
from llmlog.delivery.sender import Answer
from llmlog.delivery.settlement import Settlement
from llmlog.delivery.width import Flight, Width


class Restraint:
    """What the failures of a lane's requests mean for all of them. Locked, unless said otherwise.

    Nobody sends before `until_s` (monotonic). Requests that were in flight together fail once.
    """

    def __init__(self, parts: LaneParts) -> None:
        self._clock = parts.clock
        self._backoff = Backoff(parts.chance, FIRST_S, LONGEST_S)
        self._refused = Backoff(parts.chance, REFUSED_FIRST_S, REFUSED_LONGEST_S)
        self._budget = Budget(parts.clock)
        self._breaker = parts.breaker()
        self._failures = 0
        self._held = 0
        self._until_s = float("-inf")
        self.width = Width(parts.concurrency, parts.clock)

    def left_s(self) -> float:
        """Return for how long nobody may send."""
        return max(0.0, self._until_s - self._clock.monotonic_s())

    def wait(self, seconds: float) -> None:
        """Let nobody send for a time."""
        self._until_s = max(self._until_s, self._clock.monotonic_s() + seconds)

    def ask_breaker(self) -> float:
        """Return for how long the breaker is open still; not to be called with the lock."""
        return self._breaker.wait_s() if self._breaker is not None else 0.0

    def tell_breaker(self, answer: Answer, settlement: Settlement) -> None:
        """Let the breaker know of an answer; not to be called with the lock."""
        if self._breaker is None:
            return
        if isinstance(answer, (Retryable, Refused)):
            self._breaker.failed(settlement.wait_s or 0.0)
        else:
            self._breaker.answered()

    def reset_breaker(self) -> None:
        """Close the breaker: what failed until now says nothing any more."""
        if self._breaker is not None:
            self._breaker.reset()

    def answered(
        self, answer: Answer, settlement: Settlement, flight: Flight, *, full: bool
    ) -> None:
        """Learn from the answer to a request, with a full batch or not."""
        latest = flight.number > self._held
        if not isinstance(answer, (Retryable, Refused)):
            self._budget.answered()
        if settlement.wait_s is not None:
            self.width.failed(flight)
            self._hold(settlement, settlement.wait_s, latest=latest)
            return
        self.width.answered(flight, alike=full)
        if latest:
            self._failures, self._until_s = 0, float("-inf")

    def _hold(self, settlement: Settlement, least_s: float, *, latest: bool) -> None:
        self._failures += latest or not self._failures
        backoff = self._refused if settlement.refused else self._backoff
        wait_s = max(backoff.wait_s(self._failures, least_s), self._budget.spend_s())
        self.wait(wait_s)
        self._held = self.width.begun
