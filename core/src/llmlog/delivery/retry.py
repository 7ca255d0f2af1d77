"""How long to wait before the next attempt, and how many attempts there may be in a time."""

from __future__ import annotations

import random

from tenacity import RetryCallState, Retrying, wait_exponential

from llmlog.clock import Clock

FIRST_S = 0.5
LONGEST_S = 60.0
REFUSED_FIRST_S = 15.0
REFUSED_LONGEST_S = 300.0
BUDGET = 20.0
PER_ANSWER = 0.2
EVERY_S = 1.0


class Backoff:
    """Exponential waits with full jitter; a backend's own wish is the least."""

    def __init__(self, chance: random.Random, first_s: float, longest_s: float) -> None:
        self._chance = chance
        self._wait = wait_exponential(multiplier=first_s, max=longest_s)

    def wait_s(self, attempt: int, after_s: float | None) -> float:
        """Return seconds before attempt number `attempt + 1`."""
        state = RetryCallState(Retrying(), None, (), {})
        state.attempt_number = attempt
        return (after_s or 0.0) + self._chance.uniform(0.0, self._wait(state))


class Budget:
    """A bucket of retries: `BUDGET` at first, a fifth of one more per answer, one per `EVERY_S`.

    A backend that fails most of the time gets a fifth more requests than there is to send, and
    one a second beyond that, however often a lane begins anew.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = BUDGET
        self._at_s = clock.monotonic_s()

    def answered(self) -> None:
        """Note that the backend took or judged a request."""
        self._left = min(BUDGET, self._left + PER_ANSWER)

    def spend_s(self) -> float:
        """Take one retry; return in how many seconds there is one to take."""
        now_s = self._clock.monotonic_s()
        gained = max(0.0, now_s - self._at_s) / EVERY_S
        self._left, self._at_s = min(BUDGET, self._left + gained) - 1.0, now_s
        return max(0.0, -self._left * EVERY_S)
