"""What recording adds on the caller's thread, beside the controls, block by block.

A block of calls to the subject and a block of each control take turns, so that whatever else the
machine does falls on all of them. With `pace` each call waits its turn, so that the exporters are
idle when it comes; without, the exporters work all the time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from backend import running
from case import CASES, Case, marks, sized
from spread import percentiles
from subject import opened
from subject.control import Queued, encode

from measure import Cell

BLOCK = 100


def case_of(name: str) -> Case:
    """Return a case by its name, or one of so many bytes."""
    return CASES[name] if name in CASES else sized(int(name))


def timed(function: Callable[..., object], arguments: list[tuple[Any, ...]],
          pace_s: float = 0.0) -> list[int]:  # fmt: skip
    """Return how long each call took, in nanoseconds."""
    made = []
    clock = time.perf_counter_ns
    for each in arguments:
        if pace_s:
            time.sleep(pace_s)
        began = clock()
        function(*each)
        made.append(clock() - began)
    return made


def _recorded(subject: Any, block: list[tuple[Any, ...]], pace_s: float) -> list[int]:
    """Return how long each call took; of a subject that calls a model too, the recording alone."""
    times = timed(subject.record, block, pace_s)
    if not hasattr(subject, "taken_ns"):
        return times
    subject.flush()
    taken, subject.taken_ns = subject.taken_ns, []
    return list(taken)


def measure(cell: Cell) -> dict[str, float]:
    """Return percentiles, and the ratios of the medians to the controls' of the same run."""
    case, pace_s = case_of(cell.case), cell.more.get("pace_s", 0.0)
    own: list[int] = []
    logged: list[int] = []
    encoded: list[int] = []
    with running() as backend:
        subject, control = opened(cell.subject, backend.url, **cell.options), Queued()
        names = marks(cell.count)
        _recorded(subject, [(case, name) for name in names[:BLOCK]], pace_s)
        for first in range(0, cell.count, BLOCK):
            block = [(case, name) for name in names[first : first + BLOCK]]
            own += _recorded(subject, block, pace_s)
            logged += timed(control.record, block, pace_s)
            encoded += timed(encode, [(case,)] * min(len(block), 10), pace_s)
            if not pace_s:
                subject.flush()
        control.close()
        subject.close()
    return {
        **percentiles(own),
        "to_logging": statistics.median(own) / statistics.median(logged),
        "to_json": statistics.median(own) / statistics.median(encoded),
        "logging_p50_us": statistics.median(logged) / 1000,
        "json_p50_us": statistics.median(encoded) / 1000,
    }
