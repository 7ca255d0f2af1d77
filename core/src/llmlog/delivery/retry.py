"""How long to wait before the next attempt."""

from __future__ import annotations

import random

from tenacity import RetryCallState, Retrying, wait_exponential

FIRST_S = 0.5
LONGEST_S = 60.0
REFUSED_FIRST_S = 15.0
REFUSED_LONGEST_S = 300.0


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
