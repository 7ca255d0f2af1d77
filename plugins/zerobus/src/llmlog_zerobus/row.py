"""A call as a row: what one asks for in columns, the whole as JSON."""

from __future__ import annotations

from llmlog import Payload
from llmlog.chat import present
from llmlog.message import JSON
from llmlog.row import columns
from llmlog.schema import to_json


def row(payload: Payload) -> dict[str, JSON]:
    """Return the columns of a call, the start in microseconds; what is not known is left out."""
    made = columns(payload)
    made["started_at"] = payload.timing.start_unix_ns // 1000
    return present({**made, "payload": to_json(payload).decode()})
