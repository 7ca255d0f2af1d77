"""A bound on the time of a hook: one that hangs holds up nobody, and nothing passes it by."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

from attrs import define, evolve, field

from llmlog.fork import IMPORTING
from llmlog.guard import guarded
from llmlog.hooks import Implementation

MOST_STUCK = 3


class OutOfTime(Exception):  # noqa: N818  # it is a verdict, not a fault
    """A hook took longer than it may."""


@define(eq=False)
class _Task:
    work: Callable[[], Any]
    done: threading.Event = field(factory=threading.Event)
    result: Any = None
    problem: BaseException | None = None

    def run(self) -> None:
        """Do the work and keep what came of it."""
        self.result = guarded(self.work, otherwise=self._failed)
        self.done.set()

    def _failed(self, problem: BaseException) -> None:
        self.problem = problem

    def outcome(self) -> Any:
        """Return what came of it; raise what it raised."""
        if self.problem is not None:
            raise self.problem
        return self.result


Inbox = SimpleQueue["_Task | None"]


def _work(inbox: Inbox) -> None:
    while (task := inbox.get()) is not None:
        task.run()


class Patient:
    """Calls a function on a thread of its own and waits `seconds` for it, no longer.

    A thread that hangs is left behind. While three hang, no further call is tried.
    """

    def __init__(self, function: Callable[..., Any], seconds: float) -> None:
        self._function = function
        self._seconds = seconds
        self._lock = threading.RLock()  # a signal may log within a log
        self._idle: list[Inbox] = []
        self._stuck: list[_Task] = []
        weakref.finalize(self, _dismiss, self._idle)

    def __call__(self, *arguments: Any) -> Any:
        """Return what the function returns; raise `OutOfTime` when that takes too long."""
        self._look_at_stuck()
        task = _Task(lambda: _completed(self._function(*arguments)))
        inbox = self._worker()
        if inbox is None:  # at the very end no thread can be started
            task.run()
            return task.outcome()
        inbox.put(task)
        if not task.done.wait(self._seconds):
            self._stuck.append(task)
            inbox.put(None)
            raise OutOfTime(f"took longer than {self._seconds} s")
        with self._lock:
            self._idle.append(inbox)
        return task.outcome()

    def _look_at_stuck(self) -> None:
        with self._lock:
            self._stuck[:] = [task for task in self._stuck if not task.done.is_set()]
            if len(self._stuck) >= MOST_STUCK:
                raise OutOfTime(f"{MOST_STUCK} calls of it hang")

    def _worker(self) -> Inbox | None:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        inbox: Inbox = SimpleQueue()
        thread = threading.Thread(target=_work, args=(inbox,), name="llmlog-redact", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return None
        return inbox


def _dismiss(idle: list[Inbox]) -> None:
    for inbox in idle:
        inbox.put(None)


def _completed(result: Any) -> Any:
    if not inspect.isawaitable(result):
        return result
    with IMPORTING:
        import asyncio

    return asyncio.run(_awaited(result))


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def patient(hooks: Sequence[Implementation], seconds: float) -> tuple[Implementation, ...]:
    """Return hooks that may take so many seconds each."""
    return tuple(evolve(hook, function=Patient(hook.function, seconds)) for hook in hooks)
