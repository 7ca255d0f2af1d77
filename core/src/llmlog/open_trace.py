"""Open traces: the calls of a trace wait for its end, and then all of them go or none.

A trace ends with its outermost call, the one without a parent. Where that one is elsewhere, a wait
is over after a while. One call that is kept for certain (failed, slow, dear) keeps its whole trace;
any other trace is drawn by its id. What comes after the decision follows it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

from llmlog.clock import Clock
from llmlog.guard import guarded
from llmlog.payload import Payload

if TYPE_CHECKING:
    from llmlog.route import Route

Verdict = Literal["certain", "drawn", "out"]
REMEMBERED = 10_000


@frozen(eq=False)
class Held:
    """A call that waits: where it goes, and the content that it asked for."""

    way: Route
    payload: Payload
    content: str | None
    size: int


Release = tuple[Held, bool]
"""A call that goes on, and whether it was certain to."""


@frozen(kw_only=True)
class OpenTraceBounds:
    """How long a trace may stay open, and how many calls and bytes may wait."""

    wait_s: float
    events: int
    bytes: int


@define(eq=False)
class _Trace:
    since_s: float
    held: list[Held] = field(factory=list)


class OpenTraces:
    """What one plugin is sent, held until each call's trace is decided.

    `keeps` says whether a call is sent for certain, `draws` whether a trace is drawn by its id.
    """

    def __init__(
        self, keeps: Callable[[Payload], bool], draws: Callable[[str], bool],
        bounds: OpenTraceBounds, clock: Clock,
    ) -> None:  # fmt: skip
        self._keeps = keeps
        self._draws = draws
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Trace] = OrderedDict()
        self._decided: OrderedDict[str, Verdict] = OrderedDict()
        self._events = 0
        self._bytes = 0

    def take(self, held: Held) -> list[Release]:
        """Hold a call; return those that its coming lets go."""
        with self._lock:
            return [*self._taken(held), *self._beyond(), *self._overdue()]

    def overdue(self) -> list[Release]:
        """Return the calls of traces that have been open for too long."""
        with self._lock:
            return list(self._overdue())

    def everything(self) -> list[Release]:
        """Decide all open traces now; return the calls that go."""
        with self._lock:
            return [each for trace in tuple(self._open) for each in self._decide(trace)]

    def due_s(self) -> float | None:
        """Return the seconds until the next trace is overdue; None if none is open."""
        with self._lock:
            first = next(iter(self._open.values()), None)
        return None if first is None else first.since_s + self._bounds.wait_s - self._now_s()

    def _now_s(self) -> float:
        return self._clock.monotonic_s()

    def _taken(self, held: Held) -> list[Release]:
        trace = held.payload.trace_id
        verdict = self._decided.get(trace)
        if verdict is not None:
            self._decided.move_to_end(trace)
            return self._late(held, verdict)
        self._open.setdefault(trace, _Trace(self._now_s())).held.append(held)
        self._events += 1
        self._bytes += held.size
        return self._decide(trace) if held.payload.parent_span_id is None else []

    def _late(self, held: Held, verdict: Verdict) -> list[Release]:
        certain = verdict == "certain" or self._keeps(held.payload)
        return [] if verdict == "out" and not certain else [(held, certain)]

    def _beyond(self) -> Iterator[Release]:
        """Yield what goes because too much waits: the oldest trace is decided by what is known."""
        while self._events > self._bounds.events or self._bytes > self._bounds.bytes:
            yield from self._decide(next(iter(self._open)))

    def _overdue(self) -> Iterator[Release]:
        now_s = self._now_s()
        while self._open:
            trace, first = next(iter(self._open.items()))
            if now_s - first.since_s < self._bounds.wait_s:
                return
            yield from self._decide(trace)

    def _decide(self, trace: str) -> list[Release]:
        held = self._open.pop(trace).held
        self._events -= len(held)
        self._bytes -= sum(each.size for each in held)
        verdict = guarded(self._verdict, trace, held, otherwise=_kept_anyway)
        self._decided[trace] = verdict
        if len(self._decided) > REMEMBERED:
            self._decided.popitem(last=False)
        return [] if verdict == "out" else [(each, verdict == "certain") for each in held]

    def _verdict(self, trace: str, held: list[Held]) -> Verdict:
        if any(self._keeps(each.payload) for each in held):
            return "certain"
        return "drawn" if self._draws(trace) else "out"


def _kept_anyway(_: BaseException) -> Verdict:
    return "certain"
