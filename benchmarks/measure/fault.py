"""What a sink that is slow, hangs or fails changes for the caller.

One Logger and one sink, which takes turns at being well and not: what else the machine does falls
on both alike. Each turn begins with nothing waiting.
"""

from __future__ import annotations

from backend import running
from case import marks
from spread import percentiles
from subject import opened

from measure import Cell
from measure.caller import case_of, timed

BLOCK = 200
"""Calls of one turn: most of a second, in which batches come due and fail."""


def measure(cell: Cell) -> dict[str, float]:
    """Return percentiles while the sink is well and while it is not, and the ratios of them."""
    case, pace_s = case_of(cell.case), cell.more["pace_s"]
    taken: dict[str, list[int]] = {"good": [], cell.more["sink"]: []}
    with running() as backend:
        subject = opened(cell.subject, backend.url, **cell.options)
        block = [(case, name) for name in marks(min(BLOCK, cell.count))]
        timed(subject.record, block, pace_s)
        for first in range(0, cell.count, BLOCK):
            order = list(taken) if first // BLOCK % 2 else list(reversed(taken))
            for mode in order:
                backend.mode("good")
                subject.flush()
                backend.mode(mode)
                taken[mode] += timed(subject.record, block, pace_s)
        backend.mode("good")
        subject.close()
    well, broken = (percentiles(times) for times in taken.values())
    ratios = {f"{name.removesuffix('_us')}_ratio": broken[name] / well[name] for name in well}
    return {**broken, **{f"well_{name}": well[name] for name in well}, **ratios}
