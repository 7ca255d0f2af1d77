"""The couriers of a lane: who takes the next batch, who may send now, when all of them end.

The first courier waits for what comes; others begin when there is a full batch that nobody
carries and the backend bears more requests, and end when there is nothing for them to do.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from llmlog.delivery.account import Account
from llmlog.delivery.courier import Courier
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.restraint import Restraint
from llmlog.delivery.settlement import Batch
from llmlog.delivery.stock import Stock
from llmlog.delivery.turns import Turns

IDLE_S = 5.0
NEVER_S = float("-inf")


class Crew:
    """What the couriers of one lane share. Locked by `changed`, unless said otherwise.

    After `deadline_s` (monotonic) nobody begins another request; None as long as the lane is not
    closing.
    """

    def __init__(
        self, parts: LaneParts, account: Account, stock: Stock, changed: threading.Condition
    ) -> None:
        self.parts = parts
        self.changed = changed
        self.account = account
        self.stock = stock
        self.restraint = Restraint(parts)
        self.turns = Turns()
        self.deadline_s: float | None = None
        self.urgent = 0
        self._last_tried = False
        self._first = Courier(self)
        self.couriers = [self._first]

    def batches(self) -> Iterator[Batch]:
        """Yield what is in work."""
        for courier in self.couriers:
            yield from courier.work

    def start(self) -> None:
        """See to it that someone works, and that whoever has work does."""
        for courier in self.couriers:
            if courier is self._first or courier.work:
                courier.start()

    def recruit(self) -> None:
        """Let one more courier work when there is a batch for it."""
        if not self._wanted():
            return
        if any(courier.idle for courier in self.couriers):
            self.changed.notify_all()
        elif len(self.couriers) < self.parts.concurrency:
            added = Courier(self)
            if added.start():
                self.couriers.append(added)

    def _wanted(self) -> bool:
        there = self.stock.full or self.stock.readable or (self.hurried and self.stock.queue)
        return bool(there) and self._room() and not self.over

    def _room(self) -> bool:
        """Say whether one more may have a batch."""
        busy = sum(bool(courier.work) for courier in self.couriers)
        return busy < self.restraint.width.limit

    @property
    def hurried(self) -> bool:
        """Say whether batches go as they are."""
        return self.urgent > 0 or self.deadline_s is not None

    def left_s(self) -> float:
        """Return the time until the deadline."""
        end_s = self.deadline_s
        return float("inf") if end_s is None else end_s - self.parts.clock.monotonic_s()

    @property
    def over(self) -> bool:
        """Say whether the deadline is over."""
        return self.left_s() <= 0

    def take(self, courier: Courier) -> bool:
        """Wait for a batch and give it to a courier; False when it has to end. Without the lock."""
        while (taken := self._take_once(courier)) is None:
            self.stock.refill()
        return taken

    def _take_once(self, courier: Courier) -> bool | None:
        """Do as `take` does; None when there is room for events that are on disk."""
        with self.changed:
            while not courier.work:
                if self._room() and self._ready():
                    courier.work.append(self.stock.take())
                    self.count_lent()
                elif self.stock.readable and self._room() and not self.over:
                    return None
                elif self._ends(courier):
                    return False
            self.recruit()
            return not self.over

    def _ready(self) -> bool:
        stock = self.stock
        if not stock.queue:
            return False
        return stock.full or self.hurried or self.parts.clock.monotonic_s() >= stock.old_s

    def _ends(self, courier: Courier) -> bool:
        """Wait for something to do; True when there will be nothing, and the courier is off."""
        if self.deadline_s is not None and (not self.stock.queue or self.over):
            return self._off(courier)
        if courier is not self._first:
            return not self.changed.wait(IDLE_S) and not self._wanted() and self._off(courier)
        left_s = None
        if self.stock.queue and self._room():
            left_s = max(0.0, self.stock.old_s - self.parts.clock.monotonic_s())
        self.parts.clock.wait(self.changed, left_s)
        return False

    def _off(self, courier: Courier) -> bool:
        if courier is not self._first and self.deadline_s is None:
            self.couriers.remove(courier)
        return True

    def count_lent(self) -> None:
        """Let what couriers beyond the first carry count as if it were in the queue still."""
        batches = [batch for courier in self.couriers[1:] for batch in courier.work]
        self.stock.queue.lend(sum(len(batch.events) for batch in batches),
                              sum(batch.size for batch in batches))  # fmt: skip

    def admit(self, courier: Courier) -> bool:
        """Wait until a courier may send; False if the lane ends before. Without the lock.

        Whoever is admitted has `landed` afterwards.
        """
        while self._slot(courier):
            shut_s = self.restraint.ask_breaker()
            if shut_s <= 0:
                return True
            with self.changed:
                self.restraint.wait(shut_s)
                self.landed(courier)
                if self.deadline_s is not None:
                    return self._give_up()
        return False

    def _slot(self, courier: Courier) -> bool:
        """Wait for the end of the restraint and for others to come back."""
        with self.changed:
            courier.flying = False
            while not self.over:
                wait_s = self.restraint.left_s()
                flying = sum(each.flying for each in self.couriers)
                if wait_s > 0 and not flying and self.deadline_s is not None:
                    if not self._last_tried:
                        self._last_tried = courier.flying = True
                        return True
                    if wait_s >= self.left_s():
                        return self._give_up()
                elif wait_s <= 0 and flying < self.restraint.width.limit:
                    courier.flying = True
                    return True
                self.parts.clock.wait(self.changed, wait_s or None)
        return False

    def _give_up(self) -> bool:
        """End before the deadline: what is to be waited for comes later. Return False."""
        self.end()
        return False

    def end(self) -> None:
        """Let everyone go as soon as what is on its way has come back."""
        self.deadline_s = NEVER_S
        self.changed.notify_all()

    def landed(self, courier: Courier) -> None:
        """Note that a courier's request is no longer on its way."""
        courier.flying = False
        self.changed.notify_all()

    def join(self, end_s: float) -> None:
        """Wait for the end of everyone until a time (monotonic). Without the lock.

        Some may be new: whoever takes a batch lets another one begin.
        """
        clock = self.parts.clock
        while others := [each for each in self.couriers if each.elsewhere]:
            if (left_s := end_s - clock.monotonic_s()) <= 0:
                return
            others[0].join(left_s)

    def run_here(self) -> None:
        """Work on this thread, where none can be started. Without the lock."""
        self._first.run()

    @property
    def alive(self) -> bool:
        """Say whether the first courier works."""
        return self._first.alive
