"""The table, and the statement that makes it; it is run by hand.

A column that was published keeps its name and type; a change of the table is one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, str]] = {
    "id": "STRING",
    "trace_id": "STRING",
    "span_id": "STRING",
    "parent_span_id": "STRING",
    "started_at": "TIMESTAMP",
    "duration_ms": "DOUBLE",
    "time_to_first_token_ms": "DOUBLE",
    "kind": "STRING",
    "status": "STRING",
    "name": "STRING",
    "provider_name": "STRING",
    "model": "STRING",
    "total_input_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
    "total_output_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "cost": "DOUBLE",
    "currency": "STRING",
    "error_type": "STRING",
    "error_message": "STRING",
    "session_id": "STRING",
    "user_id": "STRING",
    "team_id": "STRING",
    "service_name": "STRING",
    "environment": "STRING",
    "tags": "ARRAY<STRING>",
    "payload": "VARIANT",
}


def statement(table: str) -> str:
    """Return what makes the table."""
    lines = ",\n".join(f"    {column} {kind}" for column, kind in COLUMNS.items())
    name = ".".join(f"`{part}`" for part in table.split("."))
    return f"CREATE TABLE IF NOT EXISTS {name} (\n{lines}\n)\nCLUSTER BY (started_at)"
