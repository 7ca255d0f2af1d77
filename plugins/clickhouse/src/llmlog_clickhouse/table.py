"""The table, and the statements that make and migrate it; they are run by hand.

Its columns are those that all tables of calls have.
"""

from __future__ import annotations

from typing import Final

from llmlog import row

_NEVER_ABSENT = {
    "id": "String",
    "trace_id": "String",
    "span_id": "String",
    "duration_ms": "Float64",
}
_FEW_VALUES = {
    "kind": "LowCardinality(String)",
    "status": "LowCardinality(String)",
    **dict.fromkeys(("provider_name", "model", "currency", "service_name", "environment"),
                    "LowCardinality(Nullable(String))"),
}  # fmt: skip
COLUMNS: Final = row.table({
    "text": "Nullable(String)", "time": "DateTime64(6, 'UTC')", "number": "Nullable(Float64)",
    "count": "Nullable(UInt64)", "texts": "Array(String)", "whole": "String",
}) | _NEVER_ABSENT | _FEW_VALUES  # fmt: skip


def statements(table: str) -> tuple[str, ...]:
    """Return what makes the table, and adds to an older one what it lacks; safe to run again.

    ReplacingMergeTree keeps one row of each id, once parts are merged; FINAL shows that before.
    """
    name = quoted(table)
    lines = ",\n".join(f"    {column} {kind}" for column, kind in COLUMNS.items())
    more = ",\n".join(
        f"    ADD COLUMN IF NOT EXISTS {column} {kind}" for column, kind in COLUMNS.items()
    )
    made = (
        f"CREATE TABLE IF NOT EXISTS {name} (\n{lines}\n)\n"
        "ENGINE = ReplacingMergeTree\n"
        "PARTITION BY toYYYYMM(started_at)\n"
        "ORDER BY (toDate(started_at), id)\n"
        "SETTINGS non_replicated_deduplication_window = 1000"
    )
    return made, f"ALTER TABLE {name}\n{more}"


def quoted(table: str) -> str:
    """Return a table's name, with its database if it has one, as ClickHouse quotes it."""
    return ".".join("`" + part.replace("`", "\\`") + "`" for part in table.split("."))
