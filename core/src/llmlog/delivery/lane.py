"""A lane: the bounded queue, batcher and sender of one exporter and destination.

Its thread starts at the first event. An event leaves the lane only on an outcome.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from llmlog.clock import Clock, system_random
from llmlog.delivery.backlog import Backlog
from llmlog.delivery.breaker import Breaker
from llmlog.delivery.complaint import Complaints
from llmlog.delivery.dead_letter import DeadLetters
from llmlog.delivery.ledger import Ledger
from llmlog.delivery.outcome import Delivered, Raised, Refused, Rejected, Retryable
from llmlog.delivery.queue import Bounds, Event, EventQueue
from llmlog.delivery.retry import (
    FIRST_S,
    LONGEST_S,
    REFUSED_FIRST_S,
    REFUSED_LONGEST_S,
    Backoff,
    Budget,
)
from llmlog.delivery.sender import Answer, Sender
from llmlog.delivery.settlement import Batch, Settlement, settle
from llmlog.delivery.stats import Counters, LaneStats, Tally, label
from llmlog.delivery.turns import Turns
from llmlog.delivery.worth import RANKS, lightened, worth
from llmlog.guard import describe, guarded
from llmlog.payload import Payload

if TYPE_CHECKING:
    from llmlog.delivery.shelf import Shelf, Ticket
    from llmlog.exporter import Limits

KEEP_S = 7 * 86_400.0
PREPARED_BYTES = 4 * 1024 * 1024


@frozen(kw_only=True)
class LaneParts:
    """What a lane is made of. `destination` is a name for people, without any credential.

    What waits on disk is given up when it is older than `keep_s` seconds. `directory` is where
    lanes of several processes agree on when to leave a backend alone.
    """

    exporter: str
    destination: str
    limits: Limits
    open_sender: Callable[[], Sender]
    bounds: Bounds = field(factory=Bounds)
    dead_letters: DeadLetters | None = None
    ledger: Ledger | None = None
    keep_s: float = KEEP_S
    directory: Path | None = None
    clock: Clock = field(factory=Clock)
    chance: random.Random = field(factory=system_random)

    @property
    def key(self) -> str:
        """Return the name of the lane on disk."""
        return f"{self.exporter}/{self.destination}"

    @property
    def label(self) -> str:
        """Return the name of the lane for people."""
        return label(self.exporter, self.destination)

    def breaker(self) -> Breaker | None:
        """Return the breaker that the lanes of this name share; None without a directory."""
        if self.directory is None:
            return None
        return Breaker(self.directory, self.key, clock=self.clock, chance=self.chance,
                       probe_s=self.limits.timeout_s + 1.0)  # fmt: skip


class Lane:
    """Take, send, then forget."""

    def __init__(self, parts: LaneParts) -> None:
        self._parts = parts
        self._changed = threading.Condition()
        self._queue = EventQueue(parts.bounds, worth, RANKS)
        self._work: deque[Batch] = deque()
        self._counters = Counters()
        self._thread: threading.Thread | None = None
        self._sender: Sender | None = None
        self._backlogs: deque[Backlog] = deque()
        self._stored = Tally()
        self._turns = Turns()
        self._breaker = parts.breaker()
        self._urgent = 0
        self._attempts = 0
        self._faults = 0
        self._last_tried = False
        self._reason = "rejected"
        self._certain = True
        self._deadline_s: float | None = None
        self._complaints = Complaints(parts.exporter, parts.clock)
        self._backoff = Backoff(parts.chance, FIRST_S, LONGEST_S)
        self._refused_backoff = Backoff(parts.chance, REFUSED_FIRST_S, REFUSED_LONGEST_S)
        self._budget = Budget(parts.clock)

    # What the dispatcher and the Logger call.

    def put(self, event: Event) -> None:
        """Accept an event; drop one, counted, when the lane is full or closed."""
        with self._changed:
            self._counters.accepted.add(1, event.size)
            if event.ticket is not None and self._spills(event, event.ticket):
                return
            if self._deadline_s is not None:
                self._drop(event, "closed")
                return
            if not self._queue.fits(event):
                event = self._with_room(event)
                if not self._queue.fits(event):
                    self._drop(event, "queue_full")
                    return
            before = self._queue.bytes
            self._queue.append(event)
            self._start()
            if len(self._queue) in (1, self._parts.limits.events) or self._fills(before):
                self._changed.notify_all()

    def _fills(self, before: int) -> bool:
        """Say whether the last event made a full batch, in bytes, of what was there before."""
        limit = self._parts.limits.bytes
        return limit is not None and before < limit <= self._queue.bytes

    @property
    def keeps_up(self) -> bool:
        """Say whether what waits will soon be sent, so that it pays to prepare it."""
        waiting = self._queue
        return len(waiting) < 2 * self._parts.limits.events and waiting.bytes < PREPARED_BYTES

    def refuse(self, event: Event, reason: str) -> None:
        """Count an event that may not go here as dropped."""
        with self._changed:
            self._counters.accepted.add(1, event.size)
            self._drop(event, reason)

    def _drop(self, event: Event, reason: str) -> None:
        self._counters.dropped[reason].add(1, event.size)
        self._note((event,), "dropped", detail=reason)
        if event.ticket is not None:
            event.ticket.shelf.forget(self._parts.key, (event.ticket.number,))
        if reason == "queue_full":
            self._complaints.say("queue full: events are dropped")

    def _spills(self, event: Event, ticket: Ticket) -> bool:
        """Leave an event on disk when there is no room, or when others wait there before it."""
        if self._deadline_s is not None:
            self._stored.add(1, event.size)
            return True
        own = next((each for each in self._backlogs if each.shelf is ticket.shelf), None)
        if not own and self._queue.fits(event):
            return False
        if own is None:
            own = self._backlog(ticket.shelf)
        own.add(ticket.place)
        self._stored.add(1, event.size)
        self._start()
        self._changed.notify_all()
        return True

    def _backlog(self, shelf: Shelf, **more: Any) -> Backlog:
        parts = self._parts
        made = Backlog(shelf, parts.key, clock=parts.clock, keep_s=parts.keep_s, **more)
        self._backlogs.append(made)
        return made

    def adopt(self, shelf: Shelf, owed: Tally, renew: Callable[[Payload], Payload]) -> None:
        """Accept what an earlier process left on disk, each event through `renew`."""
        with self._changed:
            self._counters.accepted.add(owed.events, owed.bytes)
            self._stored.add(owed.events, owed.bytes)
            if self._deadline_s is None:
                self._backlog(shelf, renew=renew, unlisted=owed)
                self._start()
                self._changed.notify_all()

    def find(self, call: str) -> tuple[str, int] | None:
        """Say whether an event is `queued` or `sending`, and how often it was sent so far."""
        with self._changed:
            if any(event.payload.id == call for batch in self._work for event in batch.events):
                return "sending", self._attempts
            return ("queued", 0) if call in self._queue.ids() else None

    @property
    def key(self) -> str:
        """Return the name of the lane on disk."""
        return self._parts.key

    def _with_room(self, event: Event) -> Event:
        """Make room for an event by what is worth less; return it, lighter if it has to be."""
        queue, bounds, clock = self._queue, self._parts.bounds, self._parts.clock
        end_s = clock.monotonic_s() + (bounds.block_s if bounds.when_full == "block" else 0.0)
        while not queue.fits(event) and (left := end_s - clock.monotonic_s()) > 0:
            clock.wait(self._changed, left)
        if not queue.fits(event) and not queue.full:
            event = self._without_texts(event)
        highest = worth(event.payload) - (bounds.when_full != "drop_oldest")
        while not queue.fits(event) and (least := queue.pop_least(highest)) is not None:
            self._drop(least, "queue_full")
        return event

    def _without_texts(self, event: Event) -> Event:
        """Drop texts, those of successes first, until the event fits or none is left."""
        if event.size > self._parts.bounds.bytes:
            event = self._lighter(event)
        for ranks, failed in (((0, 2), False), ((1, 3), True)):
            for rank in ranks:
                while not self._queue.fits(event):
                    if (saved := self._queue.lighten(rank, lightened)) is None:
                        break
                    self._saved(saved)
            if event.payload.failed is failed and not self._queue.fits(event):
                event = self._lighter(event)
        return event

    def _lighter(self, event: Event) -> Event:
        light = lightened(event) or event
        self._saved(event.size - light.size)
        return light

    def _saved(self, size: int) -> None:
        if size:
            self._counters.degraded += 1
            self._counters.dropped["degraded"].bytes += size
            self._complaints.say("queue full: texts are dropped")

    def flush(self, timeout_s: float) -> bool:
        """Send everything now; say whether nothing is pending at the end of the time."""
        self.hurry()
        return self.settle_down(time.monotonic() + timeout_s)

    def hurry(self) -> None:
        """Stop waiting for batches to fill, until `settle_down`."""
        with self._changed:
            self._urgent += 1
            self._changed.notify_all()

    def settle_down(self, end_s: float) -> bool:
        """Wait until nothing is pending or `time.monotonic` has come to `end_s`; say which."""
        with self._changed:
            while self._pending().events and (left := end_s - time.monotonic()) > 0:
                self._start()
                self._changed.wait(left)
            self._urgent -= 1
            return not self._pending().events

    def begin_close(self, deadline_s: float) -> None:
        """Refuse new events; whatever is not sent at `deadline_s` (monotonic) is dropped."""
        with self._changed:
            self._deadline_s = deadline_s
            self._changed.notify_all()

    def finish_close(self) -> None:
        """Wait for the end of the thread until the deadline, then account for the rest."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            self._run_here()
        elif thread is not threading.current_thread():
            left_s = (self._deadline_s or 0.0) - self._parts.clock.monotonic_s()
            thread.join(max(0.0, left_s))
        with self._changed:
            lost = tuple(event for event in self._left_over() if event.ticket is None)
            self._counters.dropped["shutdown"].count(lost)
            self._note(lost, "dropped", detail="shutdown")

    def give_up(self, end_s: float) -> list[Event]:
        """Close without another request; return what is in memory alone, for another lane.

        A request that is on its way has until `end_s` (monotonic) to come to an outcome. The
        account is then as if these events had never been here.
        """
        self.begin_close(float("-inf"))
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, end_s - self._parts.clock.monotonic_s()))
        with self._changed:
            left = self._left_over()
            given = [event for event in left if event.ticket is None]
            self._counters.accepted.add(-len(given), -sum(event.size for event in given))
        return given

    def _left_over(self) -> list[Event]:
        """Take out what is not delivered; what is on disk stays there."""
        left = [event for batch in self._work for event in batch.events]
        left += self._queue.take(len(self._queue), None)
        self._work.clear()
        self._stored.count(event for event in left if event.ticket is not None)
        return left

    def resume(self) -> None:
        """Forget that the backend was left alone: its settings are new."""
        if self._breaker is not None:
            self._breaker.reset()

    def stats(self) -> LaneStats:
        """Return the account."""
        with self._changed:
            parts = self._parts
            return self._counters.stats(parts.exporter, parts.destination, self._pending())

    def _pending(self) -> Tally:
        """Return what is on disk, in the queue and in work."""
        pending = Tally(self._stored.events, self._stored.bytes)
        pending.add(len(self._queue), self._queue.bytes)
        for batch in self._work:
            pending.count(batch.events)
        return pending

    # The lane's own thread.

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            name = f"llmlog-{self._parts.exporter}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            guarded(thread.start, otherwise=lambda _: None)  # none can start at the very end
            self._thread = thread

    def _run_here(self) -> None:
        if self._pending().events:
            self._run()

    def _run(self) -> None:
        """Work until the end, whatever ends the work before."""
        while not guarded(self._work_off, otherwise=self._survived):
            pass
        sender, self._sender = self._sender, None
        if sender is not None:
            guarded(sender.close, otherwise=lambda _: None)

    def _work_off(self) -> bool:
        while self._take():
            guarded(self._deliver, otherwise=self._survived)
        return True

    def _survived(self, problem: BaseException) -> None:
        """Go on after a fault of our own; the event that is there at the second one is rejected."""
        self._complaints.say(f"delivery failed: {describe(problem)}")
        self._faults += 1
        if self._faults > 1 and self._work:
            self._faults = 0
            events = self._work[0].events
            reason = f"ended delivery twice: {describe(problem)}"
            rest = (Batch(events[1:]),) if events[1:] else ()
            self._account(Settlement(rejected=((events[0], reason),), again=rest))

    def _take(self) -> bool:
        """Wait for a full, old or urgent batch and put it in work; False at the end."""
        while (taken := self._take_once()) is None:
            self._refill()
        return taken

    def _refill(self) -> None:
        """Bring the next events from disk into the queue."""
        backlog = self._backlogs[0]
        reading = backlog.read(self._parts.limits.events)
        with self._changed:
            if reading is None:  # closed meanwhile: what is there stays there
                self._backlogs.clear()
                return
            for event in reading.events:
                self._queue.append(event)
            self._stored.add(-reading.total.events, -reading.total.bytes)
            for reason, tally in reading.gone.items():
                self._counters.dropped[reason].add(tally.events, tally.bytes)
            if not backlog:
                self._backlogs.popleft()
            self._changed.notify_all()

    def _take_once(self) -> bool | None:
        """Do as `_take` does; None when there is room for events that are on disk."""
        limits, clock = self._parts.limits, self._parts.clock
        with self._changed:
            old_s = clock.monotonic_s() + limits.age_s
            while not self._work:
                if self._queue and self._ready(clock.monotonic_s() >= old_s):
                    self._work.append(Batch(self._queue.take(limits.events, limits.bytes)))
                elif self._backlogs and not self._over():
                    return None
                elif self._deadline_s is not None:
                    return False
                elif self._queue:
                    clock.wait(self._changed, max(0.0, old_s - clock.monotonic_s()))
                else:
                    clock.wait(self._changed, None)
                    old_s = clock.monotonic_s() + limits.age_s
            return not self._over()

    def _over(self) -> bool:
        return self._deadline_s is not None and (
            self._parts.clock.monotonic_s() >= self._deadline_s
        )

    def _ready(self, old: bool) -> bool:  # noqa: FBT001
        limits = self._parts.limits
        full = len(self._queue) >= limits.events or (
            limits.bytes is not None and self._queue.bytes >= limits.bytes
        )
        return full or old or self._urgent > 0 or self._deadline_s is not None

    def _deliver(self) -> None:
        """Bring what is in work to outcomes, trying again as long as it takes."""
        self._attempts = 0
        while (batch := self._next()) is not None:
            settlement = self._attempt(batch)
            if settlement.wait_s is None:
                self._attempts = 0
            elif not self._pause(settlement, self._attempts):
                return

    def _attempt(self, batch: Batch) -> Settlement:
        """Send a batch's portion once and account for the answer."""
        answer: Answer = Rejected(self._reason)
        if not batch.condemned:
            with self._changed:
                self._counters.requests += 1
                self._attempts += 1
            answer = guarded(self._exchange, batch.portion, otherwise=_raised)
        settlement = settle(batch, answer, self._reason, certain=self._certain)
        settlement = self._considered(batch, answer, settlement)
        if isinstance(answer, Rejected) and not batch.condemned:
            self._reason, self._certain = answer.reason, not isinstance(answer, Raised)
        self._account(settlement, answer.detail if isinstance(answer, Delivered) else "")
        if settlement.last:
            self._let_others_go(settlement)
        return settlement

    def _next(self) -> Batch | None:
        """Return what is to be sent now; None when there is nothing, or no time left."""
        if not self._admitted():
            return None
        with self._changed:
            return self._work[0] if self._work and not self._over() else None

    def _admitted(self) -> bool:
        """Wait while the breaker is open; False when the lane closes before that."""
        breaker, clock = self._breaker, self._parts.clock
        while breaker is not None and self._work and (left_s := breaker.wait_s()) > 0:
            end_s = clock.monotonic_s() + left_s
            with self._changed:
                while (left_s := end_s - clock.monotonic_s()) > 0:
                    if self._deadline_s is not None:
                        self._deadline_s = float("-inf")
                        return False
                    clock.wait(self._changed, left_s)
        return True

    def _considered(self, batch: Batch, answer: Answer, settlement: Settlement) -> Settlement:
        """Learn from an answer whether it is the backend that fails, or this batch alone."""
        if isinstance(answer, (Retryable, Refused)):
            if self._breaker is not None:
                self._breaker.failed(settlement.wait_s or 0.0)
            asked = isinstance(answer, Refused) or answer.after_s is not None
            return settlement if asked else self._turns.consider(batch, settlement)
        self._turns.answered()
        self._budget.answered()
        if self._breaker is not None:
            self._breaker.answered()
        return settlement

    def _let_others_go(self, settlement: Settlement) -> None:
        """Put other events before a batch that keeps failing; without any, halve it once."""
        if not self._queue and self._backlogs:
            self._refill()
        limits = self._parts.limits
        with self._changed:
            if len(self._work) > len(settlement.again) or len(settlement.again) != 1:
                return
            if self._queue:
                self._work.appendleft(Batch(self._queue.take(limits.events, limits.bytes)))
            elif self._work:
                self._work.extendleft(reversed(self._turns.split(self._work.popleft())))

    def _exchange(self, payloads: tuple[Payload, ...]) -> Answer:
        if self._sender is None:
            self._sender = self._parts.open_sender()
        return self._sender.send(payloads)

    def _account(self, settlement: Settlement, detail: str = "") -> None:
        """Put a settlement into the counters and the work, at one moment; then off the disk."""
        kept = [self._bury(event, reason) for event, reason in settlement.rejected]
        with self._changed:
            if not self._work:  # closing has accounted for it
                return
            counters = self._counters
            counters.delivered.count(settlement.done)
            for (event, _), buried in zip(settlement.rejected, kept, strict=True):
                tally = counters.dead_lettered if buried else counters.dropped["rejected"]
                tally.add(1, event.size)
            counters.retried += settlement.wait_s is not None
            counters.last_error = settlement.complaint or counters.last_error
            self._work.popleft()
            if settlement.last:
                self._work.extend(settlement.again)
            else:
                self._work.extendleft(reversed(settlement.again))
            self._forget(settlement)
            self._changed.notify_all()
        self._note(settlement.done, "delivered", detail=detail)
        for (event, reason), buried in zip(settlement.rejected, kept, strict=True):
            self._note((event,), "dead_lettered" if buried else "dropped", detail=reason)
        if settlement.complaint:
            self._complaints.say(settlement.complaint)

    def _forget(self, settlement: Settlement) -> None:
        """Strike settled events off the shelves that they came from."""
        shelves: dict[Shelf, list[int]] = {}
        for event in (*settlement.done, *(event for event, _ in settlement.rejected)):
            if event.ticket is not None:
                shelves.setdefault(event.ticket.shelf, []).append(event.ticket.number)
        for shelf, numbers in shelves.items():
            shelf.forget(self._parts.key, numbers)

    def _note(self, events: tuple[Event, ...], state: str, detail: str = "") -> None:
        ledger = self._parts.ledger
        if ledger is not None and events:
            ids = tuple(event.payload.id for event in events)
            ledger.note(ids, self._parts.label, state, attempt=self._attempts, detail=detail)

    def _bury(self, event: Event, reason: str) -> bool:
        """Keep a rejected event on disk, where there is a place for it."""
        parts = self._parts
        return parts.dead_letters is not None and parts.dead_letters.keep(
            parts.exporter, parts.destination, event.payload, reason, parts.clock.unix_ns()
        )

    def _pause(self, settlement: Settlement, attempt: int) -> bool:
        """Wait before the next attempt; False when the lane closes before that.

        Closing cuts one wait short, for a last attempt.
        """
        backoff = self._refused_backoff if settlement.refused else self._backoff
        clock = self._parts.clock
        end_s = clock.monotonic_s() + max(
            backoff.wait_s(attempt, settlement.wait_s), self._budget.spend_s()
        )
        with self._changed:
            while (left := end_s - clock.monotonic_s()) > 0:
                if self._deadline_s is not None:
                    return self._last_chance(end_s)
                clock.wait(self._changed, left)
        return True

    def _last_chance(self, end_s: float) -> bool:
        """Say whether to try again before the end; else leave what is pending to `finish_close`."""
        if not self._last_tried:
            self._last_tried = True
            return True
        clock = self._parts.clock
        if end_s < (self._deadline_s or 0.0):
            clock.wait(self._changed, end_s - clock.monotonic_s())
            return True
        self._deadline_s = float("-inf")
        return False


def _raised(problem: BaseException) -> Answer:
    return Raised(f"raised {describe(problem)}")
