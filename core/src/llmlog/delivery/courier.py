"""A courier: a thread with a sender of its own that brings batches to their outcomes.

It goes on whatever ends its work, and what was in its hands then stays there. The event that is
there at the second fault is rejected.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from llmlog.delivery.outcome import Delivered, Raised, Refused, Rejected, Retryable
from llmlog.delivery.sender import Answer, Sender
from llmlog.delivery.settlement import Batch, Settlement, settle
from llmlog.guard import describe, guarded

if TYPE_CHECKING:
    from llmlog.delivery.crew import Crew
    from llmlog.delivery.width import Flight
    from llmlog.payload import Payload


class Courier:
    """Take, send, then forget. `work` and `flying`, a request on its way, have the crew's lock."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._thread: threading.Thread | None = None
        self._sender: Sender | None = None
        self._faults = 0
        self._reason = "rejected"
        self._certain = True
        self.work: deque[Batch] = deque()
        self.attempts = 0
        self.flying = False

    @property
    def alive(self) -> bool:
        """Say whether its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def idle(self) -> bool:
        """Say whether it waits for work."""
        return not self.work and self.alive

    def start(self) -> bool:
        """Begin to work, unless it does; say whether that is possible."""
        if self.alive:
            return True
        name = f"llmlog-{self._crew.parts.exporter}"
        thread = self._thread = threading.Thread(target=self.run, name=name, daemon=True)
        guarded(thread.start, otherwise=lambda _: None)  # none can start at the very end
        return thread.is_alive()

    @property
    def elsewhere(self) -> bool:
        """Say whether its thread runs and is another one than this."""
        return self.alive and self._thread is not threading.current_thread()

    def join(self, timeout_s: float) -> None:
        """Wait for the end of its thread."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def run(self) -> None:
        """Work until the end, whatever ends the work before."""
        while not guarded(self._work_off, otherwise=self._survived):
            pass
        sender, self._sender = self._sender, None
        if sender is not None:
            guarded(sender.close, otherwise=lambda _: None)

    def _work_off(self) -> bool:
        while self._crew.take(self):
            guarded(self._deliver, otherwise=self._survived)
        return True

    def _survived(self, problem: BaseException) -> None:
        """Go on after a fault of our own; the event that is there at the second one is rejected."""
        self._crew.account.complaints.say(f"delivery failed: {describe(problem)}")
        self._faults += 1
        if self._faults > 1 and self.work:
            self._faults = 0
            events = self.work[0].events
            reason = f"ended delivery twice: {describe(problem)}"
            rest = (Batch(events[1:]),) if events[1:] else ()
            self._account(Settlement(rejected=((events[0], reason),), again=rest))

    def _deliver(self) -> None:
        """Bring what is in work to outcomes, trying again as long as it takes."""
        self.attempts = 0
        while self.work:
            if self.work[0].condemned:
                self._settle(self.work[0], Rejected(self._reason))
            elif not self._attempt():
                return

    def _attempt(self) -> bool:
        """Send a batch's portion once and account for the answer; False when the lane ends."""
        crew = self._crew
        if not crew.admit(self):
            return False
        try:
            with crew.changed:
                if not self.work:  # closing has accounted for it
                    return False
                batch, flight = self.work[0], crew.restraint.width.begin()
                crew.account.counters.requests += 1
                self.attempts += 1
            answer: Answer = guarded(self._exchange, batch.portion, otherwise=_raised)
            self._settle(batch, answer, flight)
        finally:
            with crew.changed:
                crew.landed(self)
        return True

    def _exchange(self, payloads: tuple[Payload, ...]) -> Answer:
        if self._sender is None:
            self._sender = self._crew.parts.open_sender()
        return self._sender.send(payloads)

    def _settle(self, batch: Batch, answer: Answer, flight: Flight | None = None) -> None:
        """Account for an answer; without a flight there was no request."""
        settlement = settle(batch, answer, self._reason, certain=self._certain)
        if flight is not None:
            settlement = self._learned(batch, answer, settlement, flight)
            if isinstance(answer, Rejected):
                self._reason, self._certain = answer.reason, not isinstance(answer, Raised)
        self._account(settlement, answer.detail if isinstance(answer, Delivered) else "")
        if settlement.wait_s is None:
            self.attempts = 0
        if settlement.last:
            self._let_others_go(settlement)

    def _learned(
        self, batch: Batch, answer: Answer, settlement: Settlement, flight: Flight
    ) -> Settlement:
        """Learn from an answer whether it is the backend that fails, or this batch alone."""
        crew = self._crew
        crew.restraint.tell_breaker(answer, settlement)
        with crew.changed:
            if not isinstance(answer, (Retryable, Refused)):
                crew.turns.answered()
            elif not isinstance(answer, Refused) and answer.after_s is None:
                settlement = crew.turns.consider(batch, settlement)
            full = batch.full and bool(settlement.done) and not settlement.again
            crew.restraint.answered(answer, settlement, flight, full=full)
        return settlement

    def _account(self, settlement: Settlement, detail: str = "") -> None:
        """Put a settlement into the counters and the work, at one moment; then off the disk."""
        crew = self._crew
        buried = crew.account.bury(settlement)
        with crew.changed:
            if not self.work:  # closing has accounted for it
                return
            crew.account.settle(settlement, buried)
            self.work.popleft()
            if settlement.last:
                self.work.extend(settlement.again)
            else:
                self.work.extendleft(reversed(settlement.again))
            crew.count_lent()
            crew.recruit()
            crew.changed.notify_all()
        crew.account.tell(settlement, buried, self.attempts, detail)

    def _let_others_go(self, settlement: Settlement) -> None:
        """Put other events before a batch that keeps failing; without any, halve it once."""
        crew = self._crew
        if not crew.stock.queue and crew.stock.readable:
            crew.stock.refill()
        with crew.changed:
            if len(self.work) > len(settlement.again) or len(settlement.again) != 1:
                return
            if crew.stock.queue:
                self.work.appendleft(crew.stock.take())
                crew.count_lent()
            elif self.work:
                self.work.extendleft(reversed(crew.turns.split(self.work.popleft())))


def _raised(problem: BaseException) -> Answer:
    return Raised(f"raised {describe(problem)}")
