"""A lane's books: what became of each event, in the counters, in the ledger and on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from llmlog.delivery.complaint import Complaints
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.queue import Event
from llmlog.delivery.settlement import Settlement
from llmlog.delivery.stats import Counters, LaneStats, Tally

if TYPE_CHECKING:
    from llmlog.delivery.shelf import Shelf


class Account:
    """The counters and what goes with them. Not locked, where nothing else is said."""

    def __init__(self, parts: LaneParts) -> None:
        self._parts = parts
        self.complaints = Complaints(parts.exporter, parts.clock)
        self.counters = Counters()

    def stats(self, pending: Tally) -> LaneStats:
        """Return the account as a value."""
        return self.counters.stats(self._parts.exporter, self._parts.destination, pending)

    def drop(self, event: Event, reason: str) -> None:
        """Count an event as dropped; what is on disk goes there too."""
        self.counters.dropped[reason].add(1, event.size)
        self.note((event,), "dropped", detail=reason)
        if event.ticket is not None:
            event.ticket.shelf.forget(self._parts.key, (event.ticket.number,))
        if reason == "queue_full":
            self.complaints.say("queue full: events are dropped")

    def gone(self, tallies: Iterable[tuple[str, Tally]]) -> None:
        """Count as dropped what is not on disk any more."""
        for reason, tally in tallies:
            self.counters.dropped[reason].add(tally.events, tally.bytes)

    def lightened(self, size: int) -> None:
        """Count the bytes of texts that went to make room."""
        if size:
            self.counters.degraded += 1
            self.counters.dropped["degraded"].bytes += size
            self.complaints.say("queue full: texts are dropped")

    def bury(self, settlement: Settlement) -> list[bool]:
        """Keep rejected events on disk, where there is a place for them; it needs no lock."""
        return [self._buried(event, reason) for event, reason in settlement.rejected]

    def _buried(self, event: Event, reason: str) -> bool:
        parts = self._parts
        return parts.dead_letters is not None and parts.dead_letters.keep(
            parts.exporter, parts.destination, event.payload, reason, parts.clock.unix_ns()
        )

    def settle(self, settlement: Settlement, buried: Sequence[bool]) -> None:
        """Count what an answer settles, and strike it off the disk."""
        counters = self.counters
        counters.delivered.count(settlement.done)
        for (event, _), kept in zip(settlement.rejected, buried, strict=True):
            tally = counters.dead_lettered if kept else counters.dropped["rejected"]
            tally.add(1, event.size)
        counters.retried += settlement.wait_s is not None
        counters.last_error = settlement.complaint or counters.last_error
        self._forget(settlement)

    def _forget(self, settlement: Settlement) -> None:
        """Strike settled events off the shelves that they came from."""
        shelves: dict[Shelf, list[int]] = {}
        for event in (*settlement.done, *(event for event, _ in settlement.rejected)):
            if event.ticket is not None:
                shelves.setdefault(event.ticket.shelf, []).append(event.ticket.number)
        for shelf, numbers in shelves.items():
            shelf.forget(self._parts.key, numbers)

    def tell(
        self, settlement: Settlement, buried: Sequence[bool], attempt: int, detail: str
    ) -> None:
        """Say in the ledger and in our log what was settled; it needs no lock."""
        self.note(settlement.done, "delivered", attempt, detail)
        for (event, reason), kept in zip(settlement.rejected, buried, strict=True):
            self.note((event,), "dead_lettered" if kept else "dropped", attempt, reason)
        if settlement.complaint:
            self.complaints.say(settlement.complaint)

    def note(
        self, events: tuple[Event, ...], state: str, attempt: int = 0, detail: str = ""
    ) -> None:
        """Remember in the ledger what became of events."""
        ledger = self._parts.ledger
        if ledger is not None and events:
            ids = tuple(event.payload.id for event in events)
            ledger.note(ids, self._parts.label, state, attempt=attempt, detail=detail)
