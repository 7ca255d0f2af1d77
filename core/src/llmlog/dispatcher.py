"""The one thread between the callers and the lanes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from llmlog.delivery.stats import LaneStats
from llmlog.guard import describe, guarded

log = logging.getLogger("llmlog")


class _Marker:
    """A place in the queue that somebody waits for."""

    def __init__(self) -> None:
        self.passed = threading.Event()


class Dispatcher:
    """Takes finished calls off the callers' hands and completes and fans them out.

    `put` is what the caller pays: one put on a C queue that may be used from signal handlers,
    `__del__` and the garbage collector alike.
    """

    def __init__(self, work: Callable[[Any], None], bound: int) -> None:
        self._work = work
        self._bound = bound
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._busy = 0
        self._accepted = 0
        self._done = 0
        self._failed = 0
        self._refused = 0
        self._cut = 0
        self._closed = False

    def put(self, item: Any) -> None:
        """Accept a finished call; count it as refused when closed or full."""
        if self._closed or self._queue.qsize() >= self._bound:
            self._refused += 1
            return
        self._accepted += 1
        self._queue.put(item)
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def admits(self) -> bool:
        """Say whether there is room and no end yet."""
        return not self._closed and self._queue.qsize() < self._bound

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="llmlog", daemon=True)
        guarded(self._thread.start, otherwise=lambda _: None)  # none can start at the very end

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                return
            if isinstance(item, _Marker):
                item.passed.set()
            else:
                self._one(item)

    def _one(self, item: Any) -> None:
        self._busy = 1
        guarded(self._work, item, otherwise=self._report)
        self._busy = 0
        self._done += 1

    def _report(self, problem: BaseException) -> None:
        self._failed += 1
        log.warning("a call could not be recorded: %s", describe(problem))

    def drain(self, timeout_s: float) -> bool:
        """Wait until everything put so far has been handed on; say whether that happened."""
        if self._thread is None or not self._thread.is_alive():
            return self._drain_here()
        if self._thread is threading.current_thread():
            return False
        marker = _Marker()
        self._queue.put(marker)
        return marker.passed.wait(timeout_s)

    def _drain_here(self) -> bool:
        """Do the work on this thread: at the very end none other can be started."""
        while not self._queue.empty():
            item = self._queue.get()
            if item is not None and not isinstance(item, _Marker):
                self._one(item)
        return True

    def close(self, keep: Callable[[Any], bool] = lambda _: False) -> None:
        """Refuse further calls and end the thread after the one it has in hand.

        What there was no time for goes to `keep`; what that refuses is counted as lost.
        """
        self._closed = True
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if item is not None and not isinstance(item, _Marker):
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
