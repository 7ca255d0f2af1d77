"""The latency of an application that works a little for each call, with recording and without."""

from __future__ import annotations

import statistics
import time

from backend import running
from case import Case, marks
from spread import percentiles
from subject import Subject, opened

from measure import Cell
from measure.caller import case_of

BLOCK = 50


def _work() -> int:
    return sum(number * number for number in range(3000))


def _request(subject: Subject | None, case: Case, mark: str) -> int:
    began = time.perf_counter_ns()
    _work()
    if subject is not None:
        subject.record(case, mark)
    return time.perf_counter_ns() - began


def measure(cell: Cell) -> dict[str, float]:
    """Return percentiles with recording, and their ratios to those without, in one run."""
    bare: list[int] = []
    logged: list[int] = []
    case, names = case_of(cell.case), marks(cell.count)
    with running() as backend:
        subject = opened(cell.subject, backend.url, **cell.options)
        for first in range(0, cell.count, BLOCK):
            subject.flush()
            bare += [_request(None, case, "") for _ in range(BLOCK)]
            logged += [_request(subject, case, name) for name in names[first : first + BLOCK]]
        subject.close()
    with_, without = percentiles(logged), percentiles(bare)
    ratios = {name.replace("_us", "_ratio"): with_[name] / without[name] for name in with_}
    added_us = (statistics.mean(logged) - statistics.mean(bare)) / 1000
    return {**with_, **ratios, "bare_p50_us": without["p50_us"], "added_mean_us": added_us}
