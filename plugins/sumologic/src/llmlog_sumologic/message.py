"""One call as one message: the record, with its time where Sumo Logic looks for one."""

from __future__ import annotations

from llmlog import Payload
from llmlog.fact import level
from llmlog.message import JSON
from llmlog.schema import to_dict
from llmlog.sums import sums


def message(payload: Payload) -> dict[str, JSON]:
    """Return time, level and sums, then the record by its own field names."""
    start_ms = payload.timing.start_unix_ns // 1_000_000
    return {"timestamp": start_ms, "level": level(payload), **sums(payload), **to_dict(payload)}
