"""The bounded queue of a lane, in events and bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from llmlog.payload import Payload

if TYPE_CHECKING:
    from llmlog.delivery.shelf import Ticket

WhenFull = Literal["drop_newest", "drop_oldest", "block"]


@frozen(eq=False)
class Event:
    """A payload on its way to one exporter, with its rough size in bytes.

    `ticket` says where it is on disk, None for an event that is in memory alone.
    """

    payload: Payload
    size: int
    ticket: Ticket | None = None


@frozen(kw_only=True)
class Bounds:
    """How much a lane may hold, and what happens when it is full.

    Texts go first, then records, those of least worth before others; among equals the newest or
    the oldest. `block` makes the dispatcher wait up to `block_s` seconds before that, never the
    caller, and then drops the newest.
    """

    events: int = 10_000
    bytes: int = 64 * 1024 * 1024
    when_full: WhenFull = "drop_newest"
    block_s: float = 1.0


class EventQueue:
    """Events in order, with their total size. Not locked: its lane does that.

    `worth` ranks a payload from 0 to `ranks` - 1: what may be dropped first has the lowest rank.
    """

    def __init__(self, bounds: Bounds, worth: Callable[[Payload], int], ranks: int) -> None:
        self._bounds = bounds
        self._worth = worth
        self._ranks: tuple[deque[tuple[int, Event]], ...] = tuple(deque() for _ in range(ranks))
        self._light = [0] * ranks
        self._count = 0
        self._appended = 0
        self._lent_count = 0
        self._lent_bytes = 0
        self.bytes = 0

    def __len__(self) -> int:
        return self._count

    @property
    def full(self) -> bool:
        """Say whether there are as many events as there may be, whatever their size."""
        return self._count + self._lent_count >= self._bounds.events

    def lend(self, events: int, size: int) -> None:
        """Let events that were taken out take room here still: so many, of so many bytes."""
        self._lent_count, self._lent_bytes = events, size

    def fits(self, event: Event) -> bool:
        """Say whether there is room; an empty queue takes one event of any size."""
        if not self._count:
            return True
        size = self.bytes + self._lent_bytes + event.size
        return not self.full and size <= self._bounds.bytes

    def ids(self) -> set[str]:
        """Return the ids of the events that wait."""
        return {event.payload.id for rank in self._ranks for _, event in rank}

    def append(self, event: Event) -> None:
        """Put an event at the end."""
        self._appended += 1
        self._ranks[self._worth(event.payload)].append((self._appended, event))
        self._count += 1
        self.bytes += event.size

    def _pop(self, rank: int) -> Event:
        _, event = self._ranks[rank].popleft()
        self._light[rank] = max(0, self._light[rank] - 1)
        self._count -= 1
        self.bytes -= event.size
        return event

    def pop_least(self, highest: int) -> Event | None:
        """Take out the oldest event of the lowest rank; None if that is above `highest`."""
        for rank, waiting in enumerate(self._ranks):
            if waiting:
                return self._pop(rank) if rank <= highest else None
        return None

    def lighten(self, rank: int, lighter: Callable[[Event], Event | None]) -> int | None:
        """Replace the oldest event of a rank that was not tried yet; return the bytes saved.

        None when all of that rank were tried. `lighter` returns None for what it cannot lighten.
        """
        place, waiting = self._light[rank], self._ranks[rank]
        if place >= len(waiting):
            return None
        self._light[rank] += 1
        number, event = waiting[place]
        light = lighter(event)
        if light is None:
            return 0
        waiting[place] = (number, light)
        saved = event.size - light.size
        self.bytes -= saved
        return saved

    def take(self, events: int, size: int | None) -> tuple[Event, ...]:
        """Take a batch out: at least one event, at most `events`, roughly `size` bytes."""
        batch: list[Event] = []
        total = 0
        while self._count and len(batch) < events:
            rank = self._first()
            total += self._ranks[rank][0][1].size
            if batch and size is not None and total > size:
                break
            batch.append(self._pop(rank))
        return tuple(batch)

    def _first(self) -> int:
        """Return the rank whose first event is the oldest of all."""
        oldest, first = self._appended + 1, 0
        for rank, waiting in enumerate(self._ranks):
            if waiting and waiting[0][0] < oldest:
                oldest, first = waiting[0][0], rank
        return first
