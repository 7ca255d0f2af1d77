"""A circuit breaker whose clock the processes of one machine share through a small file.

Requests that fail in a row open it; while it is open nobody sends. When its time is over one
process sends a probe, the others wait for what comes of it. A backend's wish to wait counts for
all of them at once.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import frozen

from llmlog.clock import Clock
from llmlog.delivery.lock import NOFOLLOW, exclusive
from llmlog.encoding import dumps, loads
from llmlog.guard import guarded

FAILURES = 6
FIRST_S = 0.5
LONGEST_S = 60.0
LOOK_S = 1.0


@frozen
class _State:
    """How many requests failed in a row, and a wait that began at a time of day."""

    failures: int = 0
    since_unix_ns: int = 0
    wait_s: float = 0.0

    def left_s(self, now_unix_ns: int) -> float:
        """Return how long to wait still; nothing when the clock was put back since.

        Less than a millisecond is nothing: no clock could wait it out.
        """
        passed_s = (now_unix_ns - self.since_unix_ns) / 1e9
        left_s = self.wait_s - passed_s
        return left_s if passed_s >= 0 and left_s >= 0.001 else 0.0  # noqa: PLR2004


class Breaker:
    """The breaker of one lane. A disk that fails leaves it closed."""

    def __init__(
        self, directory: Path, key: str, *, clock: Clock, chance: random.Random, probe_s: float
    ) -> None:
        self._path = directory / "breaker" / f"{quote(key, safe='')}.json"
        self._clock = clock
        self._chance = chance
        self._probe_s = probe_s
        self._noted = False

    def wait_s(self) -> float:
        """Return how long to wait before asking again; 0 says send now."""
        return guarded(self._claim, otherwise=lambda _: 0.0)

    def _claim(self) -> float:
        if not self._path.exists():
            return 0.0
        with exclusive(self._path.with_suffix(".lock")):
            state = self._read()
            self._noted = state.failures > 0
            now_ns = self._clock.unix_ns()
            left_s = state.left_s(now_ns)
            if left_s > 0 or not state.wait_s:
                return min(left_s, LOOK_S)
            self._write(_State(state.failures, now_ns, self._probe_s))
            return 0.0

    def failed(self, asked_s: float) -> None:
        """Note that a request failed; `asked_s` is how long the backend wants to be left alone."""
        self._noted = True
        guarded(self._failed, asked_s, otherwise=lambda _: None)

    def _failed(self, asked_s: float) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with exclusive(self._path.with_suffix(".lock")):
            state = self._read()
            failures = state.failures + 1
            wait_s = asked_s
            if failures >= FAILURES:
                longest_s = min(LONGEST_S, FIRST_S * 2.0 ** min(failures - FAILURES, 10))
                wait_s += self._chance.uniform(longest_s / 2, longest_s)
            now_ns = self._clock.unix_ns()
            wait_s = max(wait_s, state.left_s(now_ns) if failures < FAILURES else 0.0)
            self._write(_State(failures, now_ns, wait_s))

    def answered(self) -> None:
        """Note that the backend answers: everyone may send."""
        if self._noted:
            self._noted = False
            guarded(self._path.unlink, True, otherwise=lambda _: None)

    def reset(self) -> None:
        """Begin anew: what failed until now says nothing any more."""
        self._noted = True
        self.answered()

    def _read(self) -> _State:
        try:
            value: Any = loads(self._path.read_bytes())
            return _State(**value)
        except (OSError, ValueError, TypeError):
            return _State()

    def _write(self, state: _State) -> None:
        beside = self._path.with_suffix(".new")
        file = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | NOFOLLOW, 0o600)
        try:
            os.write(file, dumps({"failures": state.failures, "since_unix_ns": state.since_unix_ns,
                                  "wait_s": state.wait_s}))  # fmt: skip
        finally:
            os.close(file)
        beside.replace(self._path)
