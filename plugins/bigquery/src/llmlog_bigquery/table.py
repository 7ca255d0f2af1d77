"""The table, as `bq mk` takes it.

Its columns are those that all tables of calls have.
"""

from __future__ import annotations

from typing import Final

from llmlog import row
from llmlog.message import JSON

COLUMNS: Final = row.table({
    "text": "STRING", "time": "TIMESTAMP", "number": "FLOAT64",
    "count": "INT64", "texts": "STRING", "whole": "JSON",
})  # fmt: skip


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
