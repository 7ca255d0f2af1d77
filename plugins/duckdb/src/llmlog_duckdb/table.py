"""The table, and the statements that make it, migrate it and write into it.

Its columns are those that all tables of calls have.
"""

from __future__ import annotations

from typing import Final

from llmlog import row

COLUMNS: Final = row.table({
    "text": "varchar", "time": "timestamptz", "number": "double",
    "count": "bigint", "texts": "varchar[]", "whole": "json",
})  # fmt: skip


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
