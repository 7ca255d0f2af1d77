"""The `pre_call` hooks: run on the caller's thread, judged, and written into the record."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from llmlog.errors import Blocked
from llmlog.fork import IMPORTING
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.hooks import Implementation
from llmlog.payload import Guardrail


class Guardrails:
    """The `pre_call` hooks of one Logger; `report` hears of those that raise."""

    def __init__(
        self, hooks: Sequence[Implementation], report: Callable[[BaseException], None]
    ) -> None:
        self._hooks = hooks
        self._report = report

    def run(self, call: Call) -> None:
        """Run the hooks; raise `Blocked` when one stops the call."""
        for hook in self._hooks:
            visit = Visit(hook, call)
            self._judge(visit, visit.run())

    async def run_async(self, call: Call) -> None:
        """Run the hooks, awaiting those that are `async def`."""
        for hook in self._hooks:
            visit = Visit(hook, call)
            self._judge(visit, await visit.run_async())

    def _judge(self, visit: Visit, problem: BaseException | None) -> None:
        call, hook = visit.call, visit.hook
        call.set(guardrails=(*call.fields.get("guardrails", ()), visit.verdict(problem)))
        if problem is None:
            return
        if isinstance(problem, Blocked):
            call.fail(problem)
            raise problem
        self._report(problem)
        if getattr(hook.plugin, "fails_closed", False):
            blocked = Blocked(f"guardrail {hook.plugin_name} failed", guardrail=hook.plugin_name)
            call.fail(blocked)
            raise blocked from problem


class Visit:
    """One hook's look at one call."""

    def __init__(self, hook: Implementation, call: Call) -> None:
        self.hook = hook
        self.call = call
        self._began_ns = time.perf_counter_ns()
        self._before = (call.messages, call.parameters)

    def run(self) -> BaseException | None:
        """Run the hook, an `async def` one on a loop of its own; return what it raised."""
        return guarded(self._run, otherwise=lambda problem: problem)

    def _run(self) -> None:
        result = self.hook(call=self.call)
        if inspect.isawaitable(result):
            _run_awaitable(result)

    async def run_async(self) -> BaseException | None:
        """Run or await the hook; return what it raised. Cancellation passes."""
        try:
            result = self.hook(call=self.call)
            if inspect.isawaitable(result):
                await result
        except Exception as problem:  # noqa: BLE001  # foreign code
            return problem
        return None

    def verdict(self, problem: BaseException | None) -> Guardrail:
        """Return what the record says of it; never the text of a stranger's exception."""
        name, duration_ns = self.hook.plugin_name, time.perf_counter_ns() - self._began_ns
        if isinstance(problem, Blocked):
            return Guardrail(name=problem.guardrail or name, verdict="blocked",
                             reason=problem.reason, duration_ns=duration_ns)  # fmt: skip
        if problem is not None:
            return Guardrail(name=name, verdict="error", reason=type(problem).__name__,
                             duration_ns=duration_ns)  # fmt: skip
        after = (self.call.messages, self.call.parameters)
        edited = any(old is not new for old, new in zip(self._before, after, strict=True))
        return Guardrail(
            name=name, verdict="edited" if edited else "passed", duration_ns=duration_ns
        )


def _run_awaitable(awaitable: Any) -> None:
    """Run an async hook from sync code, also while a loop runs on this thread."""
    with IMPORTING:
        import asyncio

    async def awaited() -> None:
        await awaitable

    problems: list[BaseException] = []
    thread = threading.Thread(
        target=lambda: guarded(asyncio.run, awaited(), otherwise=problems.append),
        name="llmlog-pre-call", daemon=True,
    )  # fmt: skip
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
