"""What a lane owes on disk and has not read yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from attrs import frozen

from llmlog.clock import Clock
from llmlog.delivery.queue import Event
from llmlog.delivery.shelf import Shelf, Stored, Ticket
from llmlog.guard import guarded
from llmlog.payload import Payload
from llmlog.schema import from_json


@frozen(kw_only=True)
class Reading:
    """What a look at the disk gave: events, and how many were old, damaged or not understood."""

    events: tuple[Event, ...] = ()
    too_old: int = 0
    damaged: int = 0
    unreadable: int = 0

    @property
    def count(self) -> int:
        """Return how many events this accounts for."""
        return len(self.events) + self.too_old + self.damaged + self.unreadable


class Backlog:
    """Events on one shelf for one lane, in order.

    Their numbers are added one by one, or `unlisted` of them are read from the shelf. `renew`
    makes of a payload from an earlier process what may go out today.
    """

    def __init__(  # noqa: PLR0913  # all but two are by name
        self, shelf: Shelf, lane: str, *, clock: Clock, keep_s: float,
        renew: Callable[[Payload], Payload] = lambda payload: payload, unlisted: int = 0,
    ) -> None:  # fmt: skip
        self.shelf = shelf
        self._lane = lane
        self._clock = clock
        self._keep_ns = int(keep_s * 1e9)
        self._renew = renew
        self._unlisted = unlisted
        self._after = 0
        self._numbers: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._numbers) + self._unlisted

    def add(self, number: int) -> None:
        """Put an event at the end."""
        self._numbers.append(number)

    def read(self, limit: int) -> Reading | None:
        """Take the next events, at most `limit`; None when the shelf is closed.

        Not for two threads at once.
        """
        if not self._numbers and (gone := self._list(limit)) != 0:
            return None if gone is None else Reading(damaged=gone)
        numbers = [self._numbers.popleft() for _ in range(min(limit, len(self._numbers)))]
        stored = self.shelf.load(numbers)
        return None if stored is None else self._sorted_out(numbers, stored)

    def _sorted_out(self, numbers: list[int], stored: list[Stored]) -> Reading:
        oldest = self._clock.unix_ns() - self._keep_ns
        fresh = [each for each in stored if each.at_unix_ns >= oldest]
        events = tuple(event for each in fresh if (event := self._event(each)) is not None)
        found, good = {each.number for each in stored}, {each.number for each in fresh}
        self._forget(number for number in numbers if number not in good)
        return Reading(
            events=events, too_old=len(found) - len(good), damaged=len(numbers) - len(found),
            unreadable=len(fresh) - len(events),
        )  # fmt: skip

    def _list(self, limit: int) -> int | None:
        """Look up the next numbers; return how many are not there though they should be."""
        if not self._unlisted:
            return 0
        numbers = self.shelf.owed(self._lane, self._after, limit)
        if numbers is None:
            return None
        if not numbers:
            gone, self._unlisted = self._unlisted, 0
            return gone
        self._after = numbers[-1]
        self._unlisted = max(0, self._unlisted - len(numbers))
        self._numbers.extend(numbers)
        return 0

    def _forget(self, numbers: Iterable[int]) -> None:
        gone = tuple(numbers)
        if gone:
            self.shelf.forget(self._lane, gone)

    def _event(self, stored: Stored) -> Event | None:
        """Return the event; None for a payload of another major version, which stays on disk."""
        payload = guarded(from_json, stored.content, otherwise=lambda _: None)
        if payload is None:
            return None
        return Event(self._renew(payload), len(stored.content), Ticket(self.shelf, stored.number))
