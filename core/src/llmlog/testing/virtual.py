"""Time and chance that a test owns: hours of retries pass in milliseconds."""

from __future__ import annotations

import random
import threading

from llmlog.clock import Clock

_PATIENCE_S = 0.002
_START_UNIX_NS = 1_793_534_400_000_000_000


class VirtualClock(Clock):
    """A clock that jumps: whoever waits on it is woken at once, at the later time.

    `waits` are the waits that ran out, in seconds, in order. Real time passes only for a moment
    at each wait, so that whoever notifies comes first.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self._lock = threading.Lock()
        self.waits: list[float] = []

    def unix_ns(self) -> int:
        """Return a time that starts on 2026-11-01 12:00 UTC."""
        return _START_UNIX_NS + int(self._now_s * 1e9)

    def monotonic_s(self) -> float:
        """Return seconds since this clock was made."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now_s += seconds

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait for a notification, for a moment of real time; then jump to the timeout."""
        if timeout_s is None:
            condition.wait()
        elif not condition.wait(min(_PATIENCE_S, timeout_s)):
            self.waits.append(timeout_s)
            self.advance(timeout_s)


def seeded(seed: int = 0) -> random.Random:
    """Return a random source that gives the same numbers every time."""
    return random.Random(seed)  # noqa: S311
