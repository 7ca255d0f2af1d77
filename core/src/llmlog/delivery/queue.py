"""The bounded queue of a lane, in events and bytes."""

from __future__ import annotations

from collections import deque
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

    `block` makes the dispatcher wait up to `block_s` seconds, never the caller, then drops the
    newest.
    """

    events: int = 10_000
    bytes: int = 64 * 1024 * 1024
    when_full: WhenFull = "drop_newest"
    block_s: float = 1.0


class EventQueue:
    """Events in order, with their total size. Not locked: its lane does that."""

    def __init__(self, bounds: Bounds) -> None:
        self._events: deque[Event] = deque()
        self._bounds = bounds
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    def fits(self, event: Event) -> bool:
        """Say whether there is room; an empty queue takes one event of any size."""
        if not self._events:
            return True
        bounds = self._bounds
        return len(self._events) < bounds.events and self.bytes + event.size <= bounds.bytes

    def ids(self) -> set[str]:
        """Return the ids of the events that wait."""
        return {event.payload.id for event in self._events}

    def append(self, event: Event) -> None:
        """Put an event at the end."""
        self._events.append(event)
        self.bytes += event.size

    def drop_oldest(self) -> Event:
        """Take the first event out."""
        event = self._events.popleft()
        self.bytes -= event.size
        return event

    def take(self, events: int, size: int | None) -> tuple[Event, ...]:
        """Take a batch out: at least one event, at most `events`, roughly `size` bytes."""
        batch: list[Event] = []
        total = 0
        while self._events and len(batch) < events:
            total += self._events[0].size
            if batch and size is not None and total > size:
                break
            batch.append(self.drop_oldest())
        return tuple(batch)
