"""The table, and the statements that make it, migrate it and write into it.

Its columns are those that all tables of calls have.
"""

from __future__ import annotations

from typing import Final

from psycopg.sql import SQL, Composed, Identifier, Placeholder

from llmlog import row

COLUMNS: Final = row.table({
    "text": "text", "time": "timestamptz", "number": "double precision",
    "count": "bigint", "texts": "text[]", "whole": "jsonb",
})  # fmt: skip


def statements(table: str) -> tuple[str, ...]:
    """Return what makes the table, and adds to an older one what it lacks; safe to run again."""
    name = quoted(table).as_string()
    index = f"{table.rpartition('.')[2]}_started_at"
    lines = ",\n".join(f"    {column} {kind}" for column, kind in COLUMNS.items() if column != "id")
    more = ",\n".join(
        f"    add column if not exists {column} {kind}" for column, kind in COLUMNS.items()
    )
    return (
        f"create table if not exists {name} (\n    id text primary key,\n{lines}\n)",
        f"alter table {name}\n{more}",
        f"create index if not exists {Identifier(index).as_string()} on {name} (started_at)",
    )


def insert(table: str) -> Composed:
    """Return the statement that writes a row, or replaces the one with the same id."""
    columns = [Identifier(column) for column in COLUMNS]
    return SQL("insert into {} ({}) values ({}) on conflict (id) do update set {}").format(
        quoted(table),
        SQL(", ").join(columns),
        SQL(", ").join(Placeholder(column) for column in COLUMNS),
        SQL(", ").join(SQL("{0} = excluded.{0}").format(column) for column in columns[1:]),
    )


def quoted(table: str) -> Identifier:
    """Return a table's name, with its schema if it has one."""
    return Identifier(*table.split("."))
