"""The table, and the statements that make and migrate it; they are run by hand.

A column that was published keeps its name and type; a change of the table is one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, str]] = {
    "id": "text",
    "trace_id": "text",
    "span_id": "text",
    "parent_span_id": "text",
    "started_at": "timestamptz",
    "duration_ms": "double precision",
    "time_to_first_token_ms": "double precision",
    "kind": "text",
    "status": "text",
    "name": "text",
    "provider_name": "text",
    "model": "text",
    "total_input_tokens": "bigint",
    "cache_read_tokens": "bigint",
    "total_output_tokens": "bigint",
    "reasoning_tokens": "bigint",
    "cost": "double precision",
    "currency": "text",
    "error_type": "text",
    "error_message": "text",
    "session_id": "text",
    "user_id": "text",
    "team_id": "text",
    "service_name": "text",
    "environment": "text",
    "tags": "text[]",
    "payload": "jsonb",
}


def statements(table: str) -> tuple[str, ...]:
    """Return what makes the table, and adds to an older one what it lacks; safe to run again.

    Row level security without a policy leaves the table to secret keys.
    """
    name = quoted(table)
    index = quoted(f"{table.rpartition('.')[2]}_started_at")
    lines = ",\n".join(f"    {column} {kind}" for column, kind in COLUMNS.items() if column != "id")
    more = ",\n".join(
        f"    add column if not exists {column} {kind}" for column, kind in COLUMNS.items()
    )
    return (
        f"create table if not exists {name} (\n    id text primary key,\n{lines}\n)",
        f"alter table {name}\n{more}",
        f"alter table {name} enable row level security",
        f"create index if not exists {index} on {name} (started_at)",
    )


def quoted(table: str) -> str:
    """Return a table's name, with its schema if it has one, as PostgreSQL quotes it."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
