"""Tries that may belong to one call, held until the next one ends or none comes.

A library that tells of each try alone, when it ends, cannot say whether another will follow. Its
bridge holds what failed here: the next try takes it along, and without one it becomes a record.

Where a spool outlives the process, what becomes of the tries without a next one is on disk as long
as they are held, so that the next process delivers it if this one dies.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from attrs import define

from llmlog.clock import Clock
from llmlog.delivery.stats import LaneStats
from llmlog.guard import guarded
from llmlog.payload import Payload
from llmlog.spooling import Strike

_MOST = 1_000
_RECORDED_S = 1.0
"""After this time tries that were taken are part of another record, which is on disk itself."""

Release = Callable[[Sequence[Any]], object]
Payloads = Callable[[Sequence[Any]], Iterable[Payload]]
Keep = Callable[[Callable[[], Iterable[Payload]]], Strike | None]


def _keep_nothing(_: Callable[[], Iterable[Payload]]) -> None:
    """Bring nothing to disk."""


@define(eq=False)
class Held:
    """The tries so far. `is_going_on` says that the next one has begun.

    `strike` takes off the disk what was kept of them, if anything was.
    """

    tries: tuple[Any, ...]
    release: Release
    due_s: float
    strike: Strike | None = None
    is_going_on: bool = False


class Holding:
    """What is held for one Logger; at most a thousand calls, the oldest are released first.

    `release` gets the tries of a call that no other followed, on a thread of its own, on the one
    that flushes, or on the one that holds too much. Closed, it releases at once. `keep` brings to
    disk what becomes of a call's tries, and returns what strikes it off; None if it kept nothing.
    """

    def __init__(self, clock: Clock, keep: Keep = _keep_nothing) -> None:
        self._clock = clock
        self._keep = keep
        self._changed = threading.Condition()
        self._held: list[Held] = []
        self._taken_along: deque[tuple[float, Strike]] = deque()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._accepted = 0
        self._delivered = 0
        self._failed = 0

    def hold(
        self, tries: Sequence[Any], release: Release, seconds: float,
        payloads: Payloads | None = None,
    ) -> None:  # fmt: skip
        """Hold a call's tries for so many seconds.

        `payloads` makes what becomes of them if the process dies meanwhile.
        """
        held = Held(tuple(tries), release, self._clock.monotonic_s() + seconds)
        if payloads is not None:
            held.strike = self._keep(partial(payloads, held.tries))
        with self._changed:
            self._accepted += 1
            self._held.append(held)
            over = [self._held.pop(0)] if len(self._held) > _MOST else []
            over += self._taken(lambda _: self._closed)
            if self._held:
                self._watch()
        self._let_go(over)

    def has(self, fits: Callable[[Sequence[Any]], bool]) -> bool:
        """Say whether such tries are held."""
        return any(fits(each.tries) for each in tuple(self._held))

    def take(self, fits: Callable[[Sequence[Any]], bool]) -> tuple[Any, ...]:
        """Return the tries that the next one belongs to, and hold them no longer."""
        if not self._held:
            return ()
        with self._changed:
            held = next((each for each in self._held if fits(each.tries)), None)
            if held is None:
                return ()
            self._held.remove(held)
            self._delivered += 1
            if held.strike is not None:
                due_s = self._clock.monotonic_s() + _RECORDED_S
                self._taken_along.append((due_s, held.strike))
                self._watch()
        return held.tries

    def go_on(self, fits: Callable[[Sequence[Any]], bool], seconds: float) -> None:
        """Know that the next try has begun, and wait so many seconds for its end."""
        if not self._held:
            return
        with self._changed:
            held = next((each for each in self._held if fits(each.tries)), None)
            if held is not None:
                held.is_going_on = True
                held.due_s = self._clock.monotonic_s() + seconds

    def hurry(self) -> None:
        """Release everything but tries whose next one is known to go on."""
        with self._changed:
            done = self._taken(lambda held: not held.is_going_on)
        self._let_go(done)

    def close(self) -> None:
        """Release everything, and hold nothing any more."""
        with self._changed:
            self._closed = True
            done = self._taken(lambda _: True)
            struck, self._taken_along = self._taken_along, deque()
            self._changed.notify_all()
        self._let_go(done)
        for _, strike in struck:
            guarded(strike, otherwise=lambda _: None)

    def stats(self) -> tuple[LaneStats, ...]:
        """Return the account in calls; none where nothing was ever held.

        `delivered` are those that became records or part of the next try, `pending` the held ones.
        """
        with self._changed:
            done = self._delivered + self._failed
            made = LaneStats(
                exporter="(held)", destination="", accepted=self._accepted,
                delivered=self._delivered, dropped={"failed": self._failed} if self._failed else {},
                pending=self._accepted - done,
            )  # fmt: skip
        return (made,) if made.accepted else ()

    def _taken(self, which: Callable[[Held], bool]) -> list[Held]:
        taken = [held for held in self._held if which(held)]
        self._held = [held for held in self._held if not which(held)]
        return taken

    def _let_go(self, done: Sequence[Held]) -> None:
        for held in done:
            problem = guarded(held.release, held.tries, otherwise=lambda problem: problem)
            with self._changed:
                self._failed += isinstance(problem, BaseException)
                self._delivered += not isinstance(problem, BaseException)
            if held.strike is not None:
                guarded(held.strike, otherwise=lambda _: None)

    def _watch(self) -> None:
        self._changed.notify_all()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="llmlog-held", daemon=True)
            guarded(self._thread.start, otherwise=lambda _: None)  # `close` releases what is held

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._held and not self._taken_along:
                    self._thread = None
                    return
                done = self._due(self._clock.monotonic_s())
            self._let_go(done)

    def _due(self, now_s: float) -> list[Held]:
        """Return what nothing has followed in time; wait for the next one if there is none."""
        while self._taken_along and self._taken_along[0][0] <= now_s:
            guarded(self._taken_along.popleft()[1], otherwise=lambda _: None)
        done = self._taken(lambda held: held.due_s <= now_s)
        next_s = [held.due_s for held in self._held] + [due_s for due_s, _ in self._taken_along]
        if not done and next_s:
            self._clock.wait(self._changed, min(next_s) - now_s)
        return done
