"""The one thread between the callers and the lanes."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from attrs import frozen

from llmlog.delivery.stats import LaneStats
from llmlog.guard import describe, guarded

log = logging.getLogger("llmlog")


class _Marker:
    """A place in the queue that somebody waits for."""

    def __init__(self) -> None:
        self.passed = threading.Event()


UNWEIGHED = 64
_NOTHING = object()


@frozen(kw_only=True)
class IntakeBounds:
    """How many calls may wait, and about how many bytes of them.

    `weigh` says what an item weighs; it is asked when `UNWEIGHED` of them wait already, so that it
    costs nothing as long as the dispatcher keeps up.
    """

    events: int
    bytes: int
    weigh: Callable[[Any], int]


class Dispatcher:
    """Takes finished calls off the callers' hands and completes and fans them out.

    `put` is what the caller pays: one put on a C queue that may be used from signal handlers,
    `__del__` and the garbage collector alike. `overdue` is called when `due_s` seconds pass without
    a call.
    """

    def __init__(
        self, work: Callable[[Any], None], bounds: IntakeBounds,
        due_s: Callable[[], float | None] = lambda: None,
        overdue: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self._work = work
        self._due_s = due_s
        self._overdue = overdue
        self._bounds = bounds
        self._bytes = 0
        self._sizes: deque[int] = deque()  # of what waits, in about its order
        self._sample: int | None = None
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._most = bounds.events
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._started = False
        self._busy = 0
        self._accepted = 0
        self._done = 0
        self._failed = 0
        self._refused = 0
        self._cut = 0
        self._interrupted = False
        self._closed = False
        self._onward: Callable[[Any], object] | None = None

    def put(self, item: Any) -> None:
        """Accept a finished call; count it as refused when closed or full."""
        waiting = self._queue.qsize()
        if self._closed or waiting >= self._most:
            self._refuse(item)
            return
        size = self._size(item) if waiting >= UNWEIGHED else 0
        if size and self._bytes + size > self._bounds.bytes:
            self._refused += 1
            return
        self._bytes += size
        self._sizes.append(size)
        self._accepted += 1
        self._queue.put(item)
        if not self._started:
            self._start()

    @property
    def _alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _refuse(self, item: Any) -> None:
        if self._closed and self._onward is not None:
            self._onward(item)
        else:
            self._refused += 1

    def _size(self, item: Any) -> int:
        """Return about what an item weighs: each one where room is short, else one of eight."""
        short = self._bytes * 2 >= self._bounds.bytes
        if short or self._sample is None or self._accepted % 8 == 0:
            self._sample = guarded(self._bounds.weigh, item, otherwise=lambda _: 0)
        return self._sample

    def _free(self) -> None:
        """Free the room of an item that was taken from the queue."""
        if self._sizes:
            self._bytes -= self._sizes.popleft()
        if self._queue.empty():  # two threads that count at once may be off: begin anew
            self._sizes.clear()
            self._bytes = 0

    def admits(self) -> bool:
        """Say whether there is room and no end yet."""
        return (
            not self._closed
            and self._queue.qsize() < self._bounds.events
            and self._bytes < self._bounds.bytes
        )

    def _start(self, wait_s: float = 0.0) -> None:
        """Start the thread, unless another caller does at this moment."""
        if not self._starting.acquire(timeout=wait_s):
            return
        try:
            if self._alive:
                return
            self._interrupted = self._interrupted or self._thread is not None
            self._thread = threading.Thread(target=self._run, name="llmlog", daemon=True)
            self._started = True
            guarded(self._thread.start, otherwise=self._not_started)
        finally:
            self._starting.release()

    def _not_started(self, _: BaseException) -> None:
        """Try again at the next call; at the very end no thread can be started."""
        self._started = False

    def _run(self) -> None:
        """Work until the end, whatever ends the work before."""
        try:
            while not guarded(self._work_off, otherwise=self._survived):
                pass
        finally:
            self._started = False

    def _survived(self, _: BaseException) -> bool:
        self._interrupted = True
        return False

    def _settle_lost(self) -> None:
        """Count as failed what a thread had in hand that was made to raise.

        A call that is on its way into the queue looks the same for a moment.
        """
        if not self._interrupted:
            return
        lost = self._missing()
        for _ in range(20):
            if lost <= 0:
                return
            time.sleep(0.005)
            lost = min(lost, self._missing())
        self._interrupted = False
        self._done += lost
        self._failed += lost

    def _missing(self) -> int:
        return self._accepted - self._done - self._cut - self._queue.qsize()

    def _work_off(self) -> bool:
        self._settle_lost()
        while True:
            item = self._next()
            if item is None:
                return True
            if item is _NOTHING:
                guarded(self._overdue, otherwise=self._report)
            elif isinstance(item, _Marker):
                if self._queue.empty():
                    self._settle_lost()
                item.passed.set()
            else:
                self._one(item)

    def _next(self) -> Any:
        """Return what comes next; `_NOTHING` when something is due before that."""
        if not self._queue.empty():
            return self._queue.get()
        due_s = self._due_s()
        try:
            return self._queue.get(timeout=None if due_s is None else max(0.0, due_s))
        except Empty:
            return _NOTHING

    def _one(self, item: Any) -> None:
        self._free()
        self._busy = 1
        guarded(self._work, item, otherwise=self._report)
        self._busy = 0
        self._done += 1

    def _report(self, problem: BaseException) -> None:
        self._failed += 1
        text = describe(problem)
        guarded(log.warning, "a call could not be recorded: %s", text, otherwise=lambda _: None)

    def drain(self, timeout_s: float) -> bool:
        """Wait until everything put so far has been handed on; say whether that happened."""
        if not self._alive and not self._queue.empty():
            self._start(wait_s=1.0)
        if not self._alive:
            return self._drain_here()
        if self._thread is threading.current_thread():
            return False
        marker = _Marker()
        self._queue.put(marker)
        return marker.passed.wait(timeout_s)

    def _drain_here(self) -> bool:
        """Do the work on this thread: at the very end none other can be started."""
        self._settle_lost()
        while not self._queue.empty():
            item = self._queue.get()
            if item is not None and not isinstance(item, _Marker):
                self._one(item)
        return True

    def close(
        self, keep: Callable[[Any], bool] = lambda _: False,
        onward: Callable[[Any], object] | None = None,
    ) -> None:  # fmt: skip
        """Refuse further calls and end the thread after the one it has in hand.

        What there was no time for goes to `keep`; what that refuses is counted as lost. Further
        calls go `onward`, where there is such a way.
        """
        self._onward = onward
        self._closed = True
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if item is not None and not isinstance(item, _Marker):
                    self._free()
                    kept = guarded(keep, item, otherwise=lambda _: False)
                    self._done += kept
                    self._cut += not kept
        self._queue.put(None)

    def stats(self) -> LaneStats:
        """Return the account of the intake: `delivered` are calls handed to the lanes."""
        dropped = {"intake_full_or_closed": self._refused, "failed": self._failed,
                   "shutdown": self._cut}  # fmt: skip
        return LaneStats(
            exporter="(intake)", destination="", accepted=self._accepted + self._refused,
            delivered=self._done - self._failed,
            dropped={reason: count for reason, count in dropped.items() if count},
            pending=self._accepted - self._done - self._cut,
        )  # fmt: skip
