"""The table, and the statements that make and migrate it; they are run by hand.

Its columns are those that all tables of calls have.
"""

from __future__ import annotations

from typing import Final

from llmlog import row

COLUMNS: Final = row.table({
    "text": "text", "time": "timestamptz", "number": "double precision",
    "count": "bigint", "texts": "text[]", "whole": "jsonb",
})  # fmt: skip


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
