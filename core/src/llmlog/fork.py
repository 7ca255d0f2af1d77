"""A lock that a fork waits for: no child is born while another thread is within it."""

from __future__ import annotations

import os
import threading
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


IMPORTING = ForkLock()
"""Held while llmlog's own threads import: a child could not wait for a thread it has not got."""
