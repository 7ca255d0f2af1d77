"""What waits in a lane: events in memory, and events on disk that follow them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmlog.delivery.account import Account
from llmlog.delivery.backlog import Backlog
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.queue import Event, EventQueue
from llmlog.delivery.settlement import Batch
from llmlog.delivery.stats import Tally
from llmlog.delivery.worth import RANKS, worth
from llmlog.payload import Payload

if TYPE_CHECKING:
    from llmlog.delivery.shelf import Shelf, Ticket


PREPARED_BYTES = 4 * 1024 * 1024


class Stock:
    """The queue of a lane as a window on its backlogs. Locked by `changed`, which is its lane's.

    `stored` counts what is on disk alone. The batch that waits is old from `old_s` (monotonic) on.
    """

    def __init__(self, parts: LaneParts, account: Account, changed: threading.Condition) -> None:
        self._parts = parts
        self._account = account
        self._changed = changed
        self._reading = False
        self.queue = EventQueue(parts.bounds, worth, RANKS)
        self.backlogs: deque[Backlog] = deque()
        self.stored = Tally()
        self.old_s = 0.0

    def append(self, event: Event) -> bool:
        """Put an event at the end; say whether it is worth waking someone for."""
        queue = self.queue
        if not queue:
            self._aged_from_now()
        before = queue.bytes
        queue.append(event)
        return len(queue) in (1, self._parts.limits.events) or self._fills(before)

    def _fills(self, before: int) -> bool:
        """Say whether the last event made a full batch, in bytes, of what was there before."""
        limit = self._parts.limits.bytes
        return limit is not None and before < limit <= self.queue.bytes

    @property
    def low(self) -> bool:
        """Say whether what waits will soon be sent, so that it pays to prepare it."""
        queue = self.queue
        return len(queue) < 2 * self._parts.limits.events and queue.bytes < PREPARED_BYTES

    def take(self) -> Batch:
        """Take out the next batch."""
        limits, full = self._parts.limits, self.full
        taken = Batch(self.queue.take(limits.events, limits.bytes), full=full)
        self._aged_from_now()
        return taken

    def _aged_from_now(self) -> None:
        self.old_s = self._parts.clock.monotonic_s() + self._parts.limits.age_s

    @property
    def full(self) -> bool:
        """Say whether there is a full batch in memory."""
        limits, queue = self._parts.limits, self.queue
        return len(queue) >= limits.events or (
            limits.bytes is not None and queue.bytes >= limits.bytes
        )

    @property
    def readable(self) -> bool:
        """Say whether there is something on disk that nobody is reading."""
        return bool(self.backlogs) and not self._reading

    def spills(self, event: Event, ticket: Ticket) -> bool:
        """Leave an event on disk when there is no room, or when others wait there before it."""
        own = next((each for each in self.backlogs if each.shelf is ticket.shelf), None)
        if not own and self.queue.fits(event):
            return False
        if own is None:
            own = self._backlog(ticket.shelf)
        own.add(ticket.place)
        self.stored.add(1, event.size)
        return True

    def adopt(self, shelf: Shelf, owed: Tally, renew: Callable[[Payload], Payload]) -> None:
        """Let what an earlier process left on disk follow, each event through `renew`."""
        self._backlog(shelf, renew, owed)

    def _backlog(
        self, shelf: Shelf, renew: Callable[[Payload], Payload] | None = None,
        unlisted: Tally | None = None,
    ) -> Backlog:  # fmt: skip
        parts = self._parts
        made = Backlog(shelf, parts.key, clock=parts.clock, keep_s=parts.keep_s,
                       renew=renew or _as_it_is, unlisted=unlisted)  # fmt: skip
        self.backlogs.append(made)
        return made

    def refill(self) -> None:
        """Bring the next events from disk into the queue; one thread at a time does."""
        with self._changed:
            if not self.readable:
                return
            self._reading = True
            backlog = self.backlogs[0]
        try:
            self._bring(backlog)
        finally:
            with self._changed:
                self._reading = False
                self._changed.notify_all()

    def _bring(self, backlog: Backlog) -> None:
        reading = backlog.read(self._parts.limits.events)
        with self._changed:
            if reading is None:  # closed meanwhile: what is there stays there
                self.backlogs.clear()
                return
            for event in reading.events:
                self.append(event)
            self.stored.add(-reading.total.events, -reading.total.bytes)
            self._account.gone(reading.gone.items())
            if not backlog:
                self.backlogs.remove(backlog)

    def left_over(self) -> list[Event]:
        """Take out everything that is in memory."""
        return list(self.queue.take(len(self.queue), None))


def _as_it_is(payload: Payload) -> Payload:
    return payload
