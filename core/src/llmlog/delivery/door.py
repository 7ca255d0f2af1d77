"""Lanes that are open only while they have something to do: one door for each tenant.

A thousand tenants need no thousand threads and connections. A lane that owes nothing may be closed
at any time, the least recently used first; one that owes something never is. Its account and its
name outlast it.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import evolve

from llmlog.clock import Clock
from llmlog.delivery.lane import Lane
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.queue import Event
from llmlog.delivery.shelf import Shelf
from llmlog.delivery.stats import LaneStats, Tally
from llmlog.payload import Payload

IDLE_S = 60.0
CLOSE_S = 5.0
_COUNTED = ("accepted", "delivered", "dead_lettered", "accepted_bytes", "delivered_bytes",
            "dead_lettered_bytes", "retried", "degraded", "requests")  # fmt: skip


class Corridor:
    """The open lanes of one plugin's tenants, at most `limit` of them idle."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self.lock = threading.RLock()
        self._limit = limit
        self._clock = clock
        self._open: OrderedDict[Door, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def used(self, door: Door) -> None:
        """Note that a door is in use, and close what has no work; call it with the lock."""
        now_s = self._clock.monotonic_s()
        self._open[door] = now_s
        self._open.move_to_end(door)
        for other in self._spare(now_s):
            if other.shut(now_s + CLOSE_S):
                del self._open[other]

    def _spare(self, now_s: float) -> list[Door]:
        """Return the doors that may be shut, the least recently used first."""
        over = len(self._open) - self._limit
        return [door for number, (door, used_s) in enumerate(self._open.items())
                if number < over or used_s < now_s - IDLE_S]  # fmt: skip


class Door:
    """A tenant's lane: opened at its first event, closed when it is idle and others need room."""

    def __init__(
        self, parts: Callable[[], LaneParts], names: LaneStats, corridor: Corridor
    ) -> None:
        self._make = parts
        self._corridor = corridor
        self._lane: Lane | None = None
        self._users = 0
        self._pressed = False
        self._past = names
        self._hurried: list[Lane | None] = []
        self._deadline_s: float | None = None

    @property
    def key(self) -> str:
        """Return the name of the lane on disk."""
        return f"{self._past.exporter}/{self._past.destination}"

    @contextmanager
    def _held(self) -> Iterator[Lane]:
        """Keep the lane open within the block."""
        with self._corridor.lock:
            lane = self._lane = self._lane or self._opened()
            self._users += 1
            self._corridor.used(self)
            if self._pressed:
                self._pressed = False
                lane.settle_down(0.0)
        try:
            yield lane
        finally:
            self._release()

    def _opened(self) -> Lane:
        lane = Lane(self._make())
        if self._deadline_s is not None:
            lane.begin_close(self._deadline_s)
        return lane

    def _release(self) -> None:
        with self._corridor.lock:
            self._users -= 1

    def shut(self, deadline_s: float) -> bool:
        """Close an idle lane; press one that is not to send what it has. Say whether it is shut."""
        lane = self._lane
        if lane is None:
            return True
        stats = lane.stats()
        if self._users or stats.pending:
            if not self._pressed and not self._users:
                self._pressed = True
                lane.hurry()
            return False
        self._past, self._lane, self._pressed = added(self._past, stats), None, False
        lane.begin_close(deadline_s)
        return True

    # What a Lane does.

    def put(self, event: Event) -> None:
        """Accept an event; drop one, counted, when the lane is full or closed."""
        with self._held() as lane:
            lane.put(event)

    @property
    def keeps_up(self) -> bool:
        """Say whether what waits will soon be sent."""
        lane = self._lane
        return lane is None or lane.keeps_up

    def adopt(self, shelf: Shelf, owed: Tally, renew: Callable[[Payload], Payload]) -> None:
        """Accept what an earlier process left on disk."""
        with self._held() as lane:
            lane.adopt(shelf, owed, renew)

    def refuse(self, event: Event, reason: str) -> None:
        """Count an event that is for nobody."""
        with self._held() as lane:
            lane.refuse(event, reason)

    def find(self, call: str) -> tuple[str, int] | None:
        """Say whether an event is `queued` or `sending`, and how often it was sent so far."""
        lane = self._lane
        return lane.find(call) if lane is not None else None

    def flush(self, timeout_s: float) -> bool:
        """Send everything now; say whether nothing is pending at the end of the time."""
        with self._held() as lane:
            return lane.flush(timeout_s)

    def hurry(self) -> None:
        """Stop waiting for batches to fill, until `settle_down`."""
        with self._corridor.lock:
            lane = self._lane
            self._hurried.append(lane)
            if lane is not None:
                self._users += 1
                lane.hurry()

    def settle_down(self, end_s: float) -> bool:
        """Wait until nothing is pending or `time.monotonic` has come to `end_s`; say which."""
        with self._corridor.lock:
            lane = self._hurried.pop()
        if lane is None:
            return True
        try:
            return lane.settle_down(end_s)
        finally:
            self._release()

    def begin_close(self, deadline_s: float) -> None:
        """Refuse new events; whatever is not sent at `deadline_s` (monotonic) is dropped."""
        with self._corridor.lock:
            self._deadline_s = deadline_s
            if self._lane is not None:
                self._users += 1
                self._lane.begin_close(deadline_s)

    def finish_close(self) -> None:
        """Wait for the end of the lane until the deadline, then account for the rest."""
        if self._lane is not None:
            self._lane.finish_close()

    def give_up(self, end_s: float) -> list[Event]:
        """Close without another request; return what is in memory alone, for another lane."""
        return self._lane.give_up(end_s) if self._lane is not None else []

    def lose(self, lost: Tally) -> None:
        """Count as dropped what was to stay on disk at the end, and is not there."""
        if self._lane is not None:
            self._lane.lose(lost)

    def resume(self) -> None:
        """Forget that the backend was left alone: its settings are new."""
        if (breaker := self._make().breaker()) is not None:
            breaker.reset()

    def stats(self) -> LaneStats:
        """Return the account, of all times that the lane was open."""
        with self._corridor.lock:
            return self._past if self._lane is None else added(self._past, self._lane.stats())


def added(past: LaneStats, now: LaneStats) -> LaneStats:
    """Return two accounts of one lane as one."""
    return evolve(
        now, dropped=dict(Counter(past.dropped) + Counter(now.dropped)),
        dropped_bytes=dict(Counter(past.dropped_bytes) + Counter(now.dropped_bytes)),
        last_error=now.last_error or past.last_error,
        **{name: getattr(past, name) + getattr(now, name) for name in _COUNTED},
    )  # fmt: skip
