"""A lane: the bounded queue, batcher and sender of one exporter and destination.

Its threads start at the first event. An event leaves the lane only on an outcome.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmlog.delivery.account import Account
from llmlog.delivery.crew import NEVER_S, Crew
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.queue import Event
from llmlog.delivery.room import Room
from llmlog.delivery.stats import LaneStats, Tally
from llmlog.delivery.stock import Stock
from llmlog.payload import Payload

if TYPE_CHECKING:
    from llmlog.delivery.shelf import Shelf


class Lane:
    """What the dispatcher and the Logger call."""

    def __init__(self, parts: LaneParts) -> None:
        self._parts = parts
        self._changed = threading.Condition()
        self._account = Account(parts)
        self._stock = Stock(parts, self._account, self._changed)
        self._room = Room(self._stock.queue, parts.bounds, self._account, parts.clock)
        self._crew = Crew(parts, self._account, self._stock, self._changed)
        self._close_s = 0.0

    @property
    def key(self) -> str:
        """Return the name of the lane on disk."""
        return self._parts.key

    def put(self, event: Event) -> None:
        """Accept an event; drop one, counted, when the lane is full or closed."""
        with self._changed:
            self._account.counters.accepted.add(1, event.size)
            if event.ticket is not None and self._left_on_disk(event):
                return
            if self._crew.deadline_s is not None:
                self._account.drop(event, "closed")
                return
            if not self._stock.queue.fits(event):
                event = self._room.make(event, self._changed)
                if not self._stock.queue.fits(event):
                    self._account.drop(event, "queue_full")
                    return
            self._crew.start()
            if self._stock.append(event):
                self._changed.notify_all()
                self._crew.recruit()

    @property
    def keeps_up(self) -> bool:
        """Say whether what waits will soon be sent."""
        return self._stock.low

    def _left_on_disk(self, event: Event) -> bool:
        """Say whether an event stays on disk, for later or for the next process."""
        if self._crew.deadline_s is not None:
            self._stock.stored.add(1, event.size)
            return True
        if event.ticket is None or not self._stock.spills(event, event.ticket):
            return False
        self._wake()
        return True

    def _wake(self) -> None:
        self._crew.start()
        self._changed.notify_all()
        self._crew.recruit()

    def refuse(self, event: Event, reason: str) -> None:
        """Count an event that may not go here as dropped."""
        with self._changed:
            self._account.counters.accepted.add(1, event.size)
            self._account.drop(event, reason)

    def adopt(self, shelf: Shelf, owed: Tally, renew: Callable[[Payload], Payload]) -> None:
        """Accept what an earlier process left on disk, each event through `renew`."""
        with self._changed:
            self._account.counters.accepted.add(owed.events, owed.bytes)
            self._stock.stored.add(owed.events, owed.bytes)
            if self._crew.deadline_s is None:
                self._stock.adopt(shelf, owed, renew)
                self._wake()

    def find(self, call: str) -> tuple[str, int] | None:
        """Say whether an event is `queued` or `sending`, and how often it was sent so far."""
        with self._changed:
            for courier in self._crew.couriers:
                if any(event.payload.id == call for batch in courier.work
                       for event in batch.events):  # fmt: skip
                    return "sending", courier.attempts
            return ("queued", 0) if call in self._stock.queue.ids() else None

    def flush(self, timeout_s: float) -> bool:
        """Send everything now; say whether nothing is pending at the end of the time."""
        self.hurry()
        return self.settle_down(time.monotonic() + timeout_s)

    def hurry(self) -> None:
        """Stop waiting for batches to fill, until `settle_down`."""
        with self._changed:
            self._crew.urgent += 1
            self._crew.recruit()
            self._changed.notify_all()

    def settle_down(self, end_s: float) -> bool:
        """Wait until nothing is pending or `time.monotonic` has come to `end_s`; say which."""
        with self._changed:
            while self._pending().events and (left := end_s - time.monotonic()) > 0:
                self._crew.start()
                self._changed.wait(left)
            self._crew.urgent -= 1
            return not self._pending().events

    def begin_close(self, deadline_s: float) -> None:
        """Refuse new events; whatever is not sent at `deadline_s` (monotonic) is dropped."""
        with self._changed:
            self._crew.deadline_s = self._close_s = deadline_s
            self._crew.recruit()
            self._changed.notify_all()

    def finish_close(self) -> None:
        """Wait for the end of the threads until the deadline, then account for the rest."""
        if not self._crew.alive and self._pending().events:
            self._crew.run_here()
        self._crew.join(self._close_s)
        with self._changed:
            self._crew.end()
            lost = tuple(event for event in self._left_over() if event.ticket is None)
            self._account.counters.dropped["shutdown"].count(lost)
            self._account.note(lost, "dropped", detail="shutdown")

    def give_up(self, end_s: float) -> list[Event]:
        """Close without another request; return what is in memory alone, for another lane.

        A request that is on its way has until `end_s` (monotonic) to come to an outcome. The
        account is then as if these events had never been here.
        """
        self.begin_close(NEVER_S)
        self._crew.join(end_s)
        with self._changed:
            given = [event for event in self._left_over() if event.ticket is None]
            size = sum(event.size for event in given)
            self._account.counters.accepted.add(-len(given), -size)
        return given

    def _left_over(self) -> list[Event]:
        """Take out what is not delivered; what is on disk stays there."""
        left = [event for batch in self._crew.batches() for event in batch.events]
        for courier in self._crew.couriers:
            courier.work.clear()
        left += self._stock.left_over()
        self._stock.stored.count(event for event in left if event.ticket is not None)
        return left

    def lose(self, lost: Tally) -> None:
        """Count as dropped what was to stay on disk at the end, and is not there."""
        with self._changed:
            self._stock.stored.add(-lost.events, -lost.bytes)
            self._account.counters.dropped["shutdown"].add(lost.events, lost.bytes)

    def resume(self) -> None:
        """Forget that the backend was left alone: its settings are new."""
        self._crew.restraint.reset_breaker()

    def stats(self) -> LaneStats:
        """Return the account."""
        with self._changed:
            return self._account.stats(self._pending())

    def _pending(self) -> Tally:
        """Return what is on disk, in the queue and in work."""
        stored, queue = self._stock.stored, self._stock.queue
        pending = Tally(stored.events, stored.bytes)
        pending.add(len(queue), queue.bytes)
        for batch in self._crew.batches():
            pending.add(len(batch.events), batch.size)
        return pending
