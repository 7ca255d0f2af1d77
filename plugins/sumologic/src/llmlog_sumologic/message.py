"""One call as one message: the record, with its time where Sumo Logic looks for one."""

from __future__ import annotations

from llmlog import Payload
from llmlog.chat import present
from llmlog.fact import level
from llmlog.message import JSON
from llmlog.schema import to_dict


def message(payload: Payload) -> dict[str, JSON]:
    """Return time, level and sums, then the record by its own field names."""
    usage = payload.usage
    first = present({
        "timestamp": payload.timing.start_unix_ns // 1_000_000,
        "level": level(payload),
        "model": payload.model,
        "duration_ms": payload.timing.duration_ns / 1e6,
        "total_input_tokens": usage and usage.total_input_tokens,
        "total_output_tokens": usage and usage.total_output_tokens,
        "total_tokens": usage and usage.total_tokens,
    })  # fmt: skip
    return first | to_dict(payload)
