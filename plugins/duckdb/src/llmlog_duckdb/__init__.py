"""Store LLM calls in a DuckDB file, one row for each.

https://duckdb.org/docs/stable/sql/statements/insert and
https://duckdb.org/docs/stable/connect/concurrency
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from attrs import frozen

from llmlog import ClientExporter, Limits, Payload, Refused, env
from llmlog_duckdb.row import row
from llmlog_duckdb.table import insert, statements

__all__ = ["Settings", "connect", "exporter", "row", "send", "statements"]


@frozen(kw_only=True)
class Settings:
    """Which table of which file."""

    path: str = env("LLMLOG_DUCKDB_PATH", help="the file")
    table: str = env(default="llmlog_calls", help="its name, or schema.name")
    create: bool = env(default=False, help="make file and table, or add columns that it lacks")


def connect(settings: Settings) -> None:
    """Make or migrate the table if that is asked for; the file is opened anew for each batch."""
    if settings.create:
        with duckdb.connect(settings.path) as connection:
            for statement in statements(settings.table):
                connection.execute(statement)


def send(_: None, settings: Settings, batch: Sequence[Payload]) -> Refused | None:
    """Write a batch in one transaction; a call that is there already is replaced."""
    latest = {payload.id: list(row(payload).values()) for payload in batch}
    with duckdb.connect(settings.path) as connection:
        try:
            connection.begin()
            connection.executemany(insert(settings.table), list(latest.values()))
            connection.commit()
        except (duckdb.CatalogException, duckdb.BinderException) as problem:
            return Refused(
                f"{settings.path}: {problem}; python -m llmlog_duckdb prints the table that is"
                " needed, create = true makes it"
            )
    return None


exporter = ClientExporter(
    name="duckdb",
    settings=Settings,
    connect=connect,
    send=send,
    retryable=(duckdb.IOException, duckdb.TransactionException, OSError),
    limits=Limits(events=1000, bytes=16_000_000, age_s=1.0),
)
