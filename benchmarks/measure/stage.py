"""Where the time of one event goes, stage by stage, each alone: processor microseconds.

The stages are those of `docs/delivery.md`: the caller; the dispatcher, which completes the record,
weighs it, applies the policy and puts it in a lane; the lane, which writes JSON and posts it. What
an event costs beside these is the garbage collector's, the threads' turns and the memory's.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

from subject.llmlog import Subject

from llmlog.completion import complete
from llmlog.delivery.queue import Event
from llmlog.encoding import dumps
from llmlog.schema import to_dict
from llmlog.weight import rough_size
from measure import Cell
from measure.caller import case_of

ROUNDS = 7


def least(work: Callable[[Any], object], values: Sequence[Any]) -> float:
    """Return the least of some rounds' processor time for one value, in microseconds."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        began = time.process_time_ns()
        for value in values:
            work(value)
        found.append((time.process_time_ns() - began) / len(values) / 1000)
        gc.enable()
    return min(found)


def measure(cell: Cell) -> dict[str, float]:
    """Return the cost of each stage; nothing is sent."""
    case = case_of(cell.case)
    subject = Subject("http://127.0.0.1:9")
    logger = subject.logger
    calls: list[Any] = []
    logger.submit = calls.append
    recorded = least(lambda _: subject.record(case, "u"), range(cell.count))
    calls = calls[-cell.count :]
    route, facts = logger.routes[0], logger._parts.facts  # noqa: SLF001
    payloads = [complete(call, facts) for call in calls]
    plain = [to_dict(payload) for payload in payloads]
    made = {
        "caller_us": recorded,
        "complete_us": least(lambda call: complete(call, facts), calls),
        "weigh_us": least(rough_size, payloads),
        "policy_us": least(route.policy.apply, payloads),
        "event_us": least(lambda payload: Event(payload, 1000), payloads),
        "as_dict_us": least(to_dict, payloads),
        "json_us": least(dumps, plain),
    }
    subject.close()
    return made
