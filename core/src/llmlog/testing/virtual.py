"""Time and chance that a test owns: hours of retries pass in milliseconds."""

from __future__ import annotations

import random
import threading

from llmlog.clock import Clock

_PATIENCE_S = 0.002
_START_UNIX_NS = 1_793_534_400_000_000_000


class VirtualClock(Clock):
    """A clock that jumps: when nobody comes first, whoever has least to wait is woken at once.

    `waits` are the waits that ran out, in seconds, in order. Real time passes only for a moment
    at each wait, `patience_s`, so that whoever notifies comes first. Waits of several threads pass
    together.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._now_s = 0.0
        self._lock = threading.Lock()
        self._ends: list[float] = []
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
            return
        with self._lock:
            end_s = self._now_s + timeout_s
            self._ends.append(end_s)
        try:
            while not condition.wait(min(self._patience_s, timeout_s)):
                if self._jumped(end_s, timeout_s):
                    return
        finally:
            with self._lock:
                self._ends.remove(end_s)

    def _jumped(self, end_s: float, timeout_s: float) -> bool:
        """Go to the end of a wait, unless another one ends before; say whether it is over."""
        with self._lock:
            if end_s > max(min(self._ends), self._now_s):
                return False
            self.waits.append(timeout_s)
            self._now_s = max(self._now_s, end_s)
            return True


def seeded(seed: int = 0) -> random.Random:
    """Return a random source that gives the same numbers every time."""
    return random.Random(seed)  # noqa: S311
