"""Locks that a fork waits for: no child is born while another thread is within them."""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

PATIENCE_S = 1.0


class ForkLock:
    """Held around what a child must not inherit half done. Use it as `with lock`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._held = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before, after_in_parent=self._after, after_in_child=self._in_child
            )

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._lock.release()

    def _before(self) -> None:
        self._held = self._lock.acquire(timeout=PATIENCE_S)

    def _after(self) -> None:
        if self._held:
            self._lock.release()

    def _in_child(self) -> None:
        """Release it; other threads may wait for this very lock already."""
        if self._held:
            self._lock.release()
        else:
            self._lock = threading.RLock()


class ForkGate:
    """What a fork waits for, as for a `ForkLock`; but many threads may be within it at once."""

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before, after_in_parent=self._after, after_in_child=self._in_child
            )

    def _renew(self) -> None:
        self._changed = threading.Condition()
        self._within: dict[int, int] = {}

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._changed:
            self._within[me] = self._within.get(me, 0) + 1

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        me = threading.get_ident()
        with self._changed:
            self._within[me] = self._within.get(me, 1) - 1
            if not self._within[me]:
                del self._within[me]
                self._changed.notify_all()

    def _before(self) -> None:
        """Let nobody in, and wait for those within; a signal handler may be one of them itself."""
        end_s = time.monotonic() + PATIENCE_S
        self._changed.acquire()
        while self._within.keys() - {threading.get_ident()} and (
            (left_s := end_s - time.monotonic()) > 0
        ):
            self._changed.wait(left_s)

    def _after(self) -> None:
        self._changed.release()

    def _in_child(self) -> None:
        """Begin anew; other threads may wait for the old one already."""
        held = self._changed
        self._renew()
        held.release()


IMPORTING = ForkLock()
"""Held while llmlog's own threads import: a child could not wait for a thread it has not got."""
