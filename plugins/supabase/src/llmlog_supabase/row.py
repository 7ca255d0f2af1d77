"""A call as a row: what one asks for in columns, the whole as JSON."""

from __future__ import annotations

from llmlog import Payload
from llmlog.message import JSON
from llmlog.row import columns, without_nul
from llmlog.schema import to_dict


def row(payload: Payload) -> dict[str, JSON]:
    """Return the columns of a call; what is not known is None."""
    made = columns(payload)
    made["started_at"] = made["started_at"].isoformat()
    whole: dict[str, JSON] = without_nul({**made, "payload": to_dict(payload)})
    return whole
