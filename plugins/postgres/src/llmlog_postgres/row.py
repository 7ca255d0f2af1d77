"""A call as a row: what one asks for in columns, the whole as `jsonb`."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from llmlog import Payload
from llmlog.encoding import dumps
from llmlog.row import columns, without_nul
from llmlog.schema import to_dict


def row(payload: Payload) -> dict[str, Any]:
    """Return the columns of a call; what is not known is None."""
    made = {name: without_nul(value) for name, value in columns(payload).items()}
    return {**made, "payload": Jsonb(without_nul(to_dict(payload)), dumps=dumps)}
