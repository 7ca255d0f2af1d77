"""What a lane owes on disk and has not read yet."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from attrs import field, frozen

from llmlog.clock import Clock
from llmlog.delivery.queue import Event
from llmlog.delivery.shelf import Place, Shelf, Stored, Ticket
from llmlog.delivery.stats import Tally
from llmlog.guard import guarded
from llmlog.payload import Payload
from llmlog.schema import from_json


@frozen(kw_only=True)
class Reading:
    """What a look at the disk gave: events, and what was gone, by reason."""

    events: tuple[Event, ...] = ()
    gone: Mapping[str, Tally] = field(factory=dict)

    @property
    def total(self) -> Tally:
        """Return all that this accounts for."""
        total = Tally()
        total.count(self.events)
        for tally in self.gone.values():
            total.add(tally.events, tally.bytes)
        return total


class Backlog:
    """Events on one shelf for one lane, in order.

    Their places are added one by one, or read from the shelf as far as `unlisted` says. `renew`
    makes of a payload from an earlier process what may go out today.
    """

    def __init__(  # noqa: PLR0913  # all but two are by name
        self, shelf: Shelf, lane: str, *, clock: Clock, keep_s: float,
        renew: Callable[[Payload], Payload] = lambda payload: payload,
        unlisted: Tally | None = None,
    ) -> None:  # fmt: skip
        self.shelf = shelf
        self._lane = lane
        self._clock = clock
        self._keep_ns = int(keep_s * 1e9)
        self._renew = renew
        self._unlisted = unlisted or Tally()
        self._after = 0
        self._places: deque[Place] = deque()

    def __len__(self) -> int:
        return len(self._places) + self._unlisted.events

    def add(self, place: Place) -> None:
        """Put an event at the end."""
        self._places.append(place)

    def read(self, limit: int) -> Reading | None:
        """Take the next events, at most `limit`; None when the shelf is closed.

        Not for two threads at once.
        """
        if not self._places and self._unlisted.events:
            if (found := self.shelf.owed(self._lane, self._after, limit)) is None:
                return None
            if not found:  # they should be there
                gone, self._unlisted = self._unlisted, Tally()
                return Reading(gone={"spool_damaged": gone})
            self._list(found)
        places = [self._places.popleft() for _ in range(min(limit, len(self._places)))]
        stored = self.shelf.load([place.number for place in places])
        return None if stored is None else self._sorted_out(places, stored)

    def _list(self, found: list[Place]) -> None:
        self._after = found[-1].number
        self._places.extend(found)
        self._unlisted.add(-len(found), -sum(place.size for place in found))
        if self._unlisted.events <= 0:
            self._unlisted = Tally()

    def _sorted_out(self, places: list[Place], stored: list[Stored]) -> Reading:
        oldest = self._clock.unix_ns() - self._keep_ns
        found = {each.number: each for each in stored}
        events, gone, forgotten = [], defaultdict[str, Tally](Tally), []
        for place in places:
            each = found.get(place.number)
            if each is None or each.at_unix_ns < oldest:
                gone["spool_damaged" if each is None else "too_old"].add(1, place.size)
                forgotten.append(place.number)
            elif (event := self._event(place, each)) is not None:
                events.append(event)
            else:
                gone["unreadable"].add(1, place.size)
        self._forget(forgotten)
        return Reading(events=tuple(events), gone=gone)

    def _forget(self, numbers: Iterable[int]) -> None:
        gone = tuple(numbers)
        if gone:
            self.shelf.forget(self._lane, gone)

    def _event(self, place: Place, stored: Stored) -> Event | None:
        """Return the event; None for a payload of another major version, which stays on disk."""
        payload = guarded(from_json, stored.content, otherwise=lambda _: None)
        if payload is None:
            return None
        ticket = Ticket(self.shelf, place.number, place.size)
        return Event(self._renew(payload), place.size, ticket)
