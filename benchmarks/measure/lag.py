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


async def _ticks(subject: Subject, case: Case, names: list[str], per_s: float) -> list[int]:
    late: list[int] = []
    began = time.perf_counter()
    done = 0
    while done < len(names):
        due_ns = time.perf_counter_ns() + int(TICK_S * 1e9)
        await asyncio.sleep(TICK_S)
        late.append(max(0, time.perf_counter_ns() - due_ns))
        while done < min(len(names), (time.perf_counter() - began) * per_s):
            subject.record(case, names[done])
            done += 1
    return late


def measure(cell: Cell) -> dict[str, float]:
    """Return percentiles of the lag; `subject = nothing` is the loop alone."""
    with running() as backend:
        subject: Subject = _Nothing()
        if cell.subject != "nothing":
            subject = opened(cell.subject, backend.url, **cell.options)
        case, per_s = case_of(cell.case), cell.more.get("per_s", 1000.0)
        subject.record(case, "warm")
        subject.flush()
        late = asyncio.run(_ticks(subject, case, marks(cell.count), per_s))
        subject.close()
    return percentiles(late)
