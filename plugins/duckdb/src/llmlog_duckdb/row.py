"""A call as a row: what one asks for in columns, the whole as JSON."""

from __future__ import annotations

from llmlog import Payload
from llmlog.row import columns
from llmlog.schema import to_json


def row(payload: Payload) -> dict[str, object]:
    """Return the columns of a call; what is not known is None."""
    return {**columns(payload), "payload": to_json(payload).decode()}
