"""The table, and the statement that makes it; it is run by hand.

Its columns are those that all tables of calls have.
"""

from __future__ import annotations

from typing import Final

from llmlog import row

COLUMNS: Final = row.table({
    "text": "STRING", "time": "TIMESTAMP", "number": "DOUBLE",
    "count": "BIGINT", "texts": "ARRAY<STRING>", "whole": "VARIANT",
})  # fmt: skip


def statement(table: str) -> str:
    """Return what makes the table."""
    lines = ",\n".join(f"    {column} {kind}" for column, kind in COLUMNS.items())
    name = ".".join(f"`{part}`" for part in table.split("."))
    return f"CREATE TABLE IF NOT EXISTS {name} (\n{lines}\n)\nCLUSTER BY (started_at)"
