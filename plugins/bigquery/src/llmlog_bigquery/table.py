"""The table, as `bq mk` takes it.

A column that was published keeps its name and type; a change of the table is one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from llmlog.message import JSON

COLUMNS: Final[Mapping[str, str]] = {
    "id": "STRING",
    "trace_id": "STRING",
    "span_id": "STRING",
    "parent_span_id": "STRING",
    "started_at": "TIMESTAMP",
    "duration_ms": "FLOAT64",
    "time_to_first_token_ms": "FLOAT64",
    "kind": "STRING",
    "status": "STRING",
    "name": "STRING",
    "provider_name": "STRING",
    "model": "STRING",
    "total_input_tokens": "INT64",
    "cache_read_tokens": "INT64",
    "total_output_tokens": "INT64",
    "reasoning_tokens": "INT64",
    "cost": "FLOAT64",
    "currency": "STRING",
    "error_type": "STRING",
    "error_message": "STRING",
    "session_id": "STRING",
    "user_id": "STRING",
    "team_id": "STRING",
    "service_name": "STRING",
    "environment": "STRING",
    "tags": "STRING",
    "payload": "JSON",
}


def schema() -> list[JSON]:
    """Return the schema of the table; every column but `id` and the start may be unknown."""
    required = {"id", "started_at"}
    return [
        {
            "name": name,
            "type": kind,
            "mode": "REPEATED"
            if name == "tags"
            else "REQUIRED"
            if name in required
            else "NULLABLE",
        }
        for name, kind in COLUMNS.items()
    ]
