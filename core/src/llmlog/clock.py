"""Time and chance, passed in so that tests can own them."""

from __future__ import annotations

import random
import threading
import time


class Clock:
    """The real time."""

    def unix_ns(self) -> int:
        """Return nanoseconds since 1970."""
        return time.time_ns()

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a held condition until it is notified or the time is over."""
        condition.wait(timeout_s)

    def pace(self, rate: float | None) -> None:
        """Sleep so that what is done once per call is done `rate` times a second at most."""
        if rate is not None:
            time.sleep(1.0 / rate)


def system_random() -> random.Random:
    """Return a random source with a seed of its own."""
    return random.Random()  # noqa: S311  # jitter and ids, nothing secret
