"""The table, and the statements that make it, migrate it and write into it.

A column that was published keeps its name and type; a change of the table is one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, str]] = {
    "id": "varchar",
    "trace_id": "varchar",
    "span_id": "varchar",
    "parent_span_id": "varchar",
    "started_at": "timestamptz",
    "duration_ms": "double",
    "time_to_first_token_ms": "double",
    "kind": "varchar",
    "status": "varchar",
    "name": "varchar",
    "provider_name": "varchar",
    "model": "varchar",
    "total_input_tokens": "bigint",
    "cache_read_tokens": "bigint",
    "total_output_tokens": "bigint",
    "reasoning_tokens": "bigint",
    "cost": "double",
    "currency": "varchar",
    "error_type": "varchar",
    "error_message": "varchar",
    "session_id": "varchar",
    "user_id": "varchar",
    "team_id": "varchar",
    "service_name": "varchar",
    "environment": "varchar",
    "tags": "varchar[]",
    "payload": "json",
}


def statements(table: str) -> tuple[str, ...]:
    """Return what makes the table, and adds to an older one what it lacks; safe to run again."""
    name = quoted(table)
    lines = ",\n".join(f"    {column} {kind}" for column, kind in COLUMNS.items() if column != "id")
    more = (
        f"alter table {name} add column if not exists {column} {kind}"
        for column, kind in COLUMNS.items()
    )
    return (f"create table if not exists {name} (\n    id varchar primary key,\n{lines}\n)", *more)


def insert(table: str) -> str:
    """Return the statement that writes a row, or replaces the one with the same id."""
    places = ", ".join("?" for _ in COLUMNS)
    return f"insert or replace into {quoted(table)} ({', '.join(COLUMNS)}) values ({places})"  # noqa: S608


def quoted(table: str) -> str:
    """Return a table's name, with its schema if it has one, as DuckDB quotes it."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
