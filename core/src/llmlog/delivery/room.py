"""Making room in a full queue, by what is worth least."""

from __future__ import annotations

import threading

from llmlog.clock import Clock
from llmlog.delivery.account import Account
from llmlog.delivery.queue import Bounds, Event, EventQueue
from llmlog.delivery.worth import lightened, worth

_TEXTS = (((0, 2), False), ((1, 3), True))
"""The ranks whose texts go, those of successes before those of failures."""


class Room:
    """What makes room in one queue. Not locked: its lane does that."""

    def __init__(self, queue: EventQueue, bounds: Bounds, account: Account, clock: Clock) -> None:
        self._queue = queue
        self._bounds = bounds
        self._account = account
        self._clock = clock

    def make(self, event: Event, changed: threading.Condition) -> Event:
        """Make room for an event by what is worth less; return it, lighter if it has to be."""
        queue, bounds = self._queue, self._bounds
        self._wait(event, changed)
        if not queue.fits(event) and not queue.full:
            event = self._without_texts(event)
        highest = worth(event.payload) - (bounds.when_full != "drop_oldest")
        while not queue.fits(event) and (least := queue.pop_least(highest)) is not None:
            self._account.drop(least, "queue_full")
        return event

    def _wait(self, event: Event, changed: threading.Condition) -> None:
        """Wait for room, for as long as `block` says."""
        if self._bounds.when_full != "block":
            return
        end_s = self._clock.monotonic_s() + self._bounds.block_s
        while not self._queue.fits(event) and (left := end_s - self._clock.monotonic_s()) > 0:
            self._clock.wait(changed, left)

    def _without_texts(self, event: Event) -> Event:
        """Drop texts, those of successes first, until the event fits or none is left."""
        if event.size > self._bounds.bytes:
            event = self._lighter(event)
        for ranks, failed in _TEXTS:
            for rank in ranks:
                self._lighten(rank, event)
            if event.payload.failed is failed and not self._queue.fits(event):
                event = self._lighter(event)
        return event

    def _lighten(self, rank: int, event: Event) -> None:
        while not self._queue.fits(event):
            if (saved := self._queue.lighten(rank, lightened)) is None:
                return
            self._account.lightened(saved)

    def _lighter(self, event: Event) -> Event:
        light = lightened(event) or event
        self._account.lightened(event.size - light.size)
        return light
