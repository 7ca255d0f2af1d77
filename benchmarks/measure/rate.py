"""Events a second until the sink has all of them; processor time and memory on the way."""

from __future__ import annotations

import resource
import time

from backend import running
from case import marks, varied
from subject import opened

from measure import Cell
from measure.caller import case_of


def measure(cell: Cell) -> dict[str, float]:
    """Record as fast as possible, then flush; bounds of queues are lifted where that can be."""
    case, names = case_of(cell.case), marks(cell.count)
    cases = varied(case, cell.count)
    with running() as backend:
        subject = opened(cell.subject, backend.url, bounds=False, **cell.options)
        subject.record(case, names[0])
        subject.flush()
        backend.wait_for(1, 5)
        backend.reset()
        before_s, before_kb = time.process_time(), _peak_kb()
        began = time.perf_counter()
        for number, name in enumerate(names):
            subject.record(cases[number % len(cases)], name)
        recorded = time.perf_counter() - began
        subject.flush()
        took = time.perf_counter() - began
        used_s = time.process_time() - before_s
        found = backend.wait_for(cell.count * cell.more.get("copies", 1), 60)
        bytes_ = backend.arrived()["bytes"]
        peak_kb = _peak_kb()
        subject.close()
    return {
        "events_per_s": found / took, "recorded_per_s": cell.count / recorded,
        "lost": cell.count - found, "cpu_us": used_s / cell.count * 1e6,
        "wire_bytes": bytes_ / cell.count, "peak_mib": peak_kb / 1024,
        "grown_mib": (peak_kb - before_kb) / 1024,
    }  # fmt: skip


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
