"""How late an event loop runs its timers while events are recorded on it at a steady rate."""

from __future__ import annotations

import asyncio
import time

from backend import running
from case import Case, marks
from spread import percentiles
from subject import Subject, opened

from measure import Cell
from measure.caller import case_of

TICK_S = 0.001


class _Nothing:
    def record(self, case: Case, mark: str) -> None:
        """Record nothing: what the loop does on its own."""

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


async def _ticks(
    subject: Subject, case: Case, names: list[str], per_s: float
) -> tuple[list[int], list[int]]:
    """Return how late timers were while nothing happened, and while calls were recorded."""
    bare: list[int] = []
    late: list[int] = []
    block = max(100, len(names) // 4)
    for first in range(0, len(names), block):
        await _block(_Nothing(), case, names[:block], per_s, bare)
        await _block(subject, case, names[first : first + block], per_s, late)
        subject.flush()
    return bare, late


async def _block(  # a second or so of one kind
    subject: Subject, case: Case, names: list[str], per_s: float, late: list[int]
) -> None:
    began = time.perf_counter()
    done = 0
    while done < len(names):
        due_ns = time.perf_counter_ns() + int(TICK_S * 1e9)
        await asyncio.sleep(TICK_S)
        late.append(max(0, time.perf_counter_ns() - due_ns))
        while done < min(len(names), (time.perf_counter() - began) * per_s):
            subject.record(case, names[done])
            done += 1


def measure(cell: Cell) -> dict[str, float]:
    """Return percentiles of the lag; `subject = nothing` is the loop alone.

    `caused_p99_us` is what the 99th percentile has beyond that of the bare loop, which takes turns
    in the same process.
    """
    with running() as backend:
        subject: Subject = _Nothing()
        if cell.subject != "nothing":
            subject = opened(cell.subject, backend.url, **cell.options)
        case, per_s = case_of(cell.case), cell.more.get("per_s", 1000.0)
        subject.record(case, "warm")
        subject.flush()
        bare, late = asyncio.run(_ticks(subject, case, marks(cell.count), per_s))
        subject.close()
    made, alone = percentiles(late), percentiles(bare)
    return {**made, "bare_p99_us": alone["p99_us"],
            "caused_p99_us": max(0.0, made["p99_us"] - alone["p99_us"])}  # fmt: skip
