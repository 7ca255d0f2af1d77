"""The table, and the statements that make and migrate it; they are run by hand.

A column that was published keeps its name and type; a change of the table is one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, str]] = {
    "id": "String",
    "trace_id": "String",
    "span_id": "String",
    "parent_span_id": "Nullable(String)",
    "started_at": "DateTime64(6, 'UTC')",
    "duration_ms": "Float64",
    "time_to_first_token_ms": "Nullable(Float64)",
    "kind": "LowCardinality(String)",
    "status": "LowCardinality(String)",
    "name": "Nullable(String)",
    "provider_name": "LowCardinality(Nullable(String))",
    "model": "LowCardinality(Nullable(String))",
    "total_input_tokens": "Nullable(UInt64)",
    "cache_read_tokens": "Nullable(UInt64)",
    "total_output_tokens": "Nullable(UInt64)",
    "reasoning_tokens": "Nullable(UInt64)",
    "cost": "Nullable(Float64)",
    "currency": "LowCardinality(Nullable(String))",
    "error_type": "Nullable(String)",
    "error_message": "Nullable(String)",
    "session_id": "Nullable(String)",
    "user_id": "Nullable(String)",
    "team_id": "Nullable(String)",
    "service_name": "LowCardinality(Nullable(String))",
    "environment": "LowCardinality(Nullable(String))",
    "tags": "Array(String)",
    "payload": "String",
}


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
