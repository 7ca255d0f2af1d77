"""Store LLM calls in PostgreSQL, one row for each.

https://www.psycopg.org/psycopg3/docs/ and https://www.postgresql.org/docs/current/sql-insert.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from attrs import frozen
from psycopg import errors

from llmlog import ClientExporter, Limits, Payload, Refused, Secret, env
from llmlog_postgres.row import row
from llmlog_postgres.table import insert, statements

__all__ = ["Settings", "connect", "exporter", "row", "send", "statements"]

Connection = psycopg.Connection[tuple[Any, ...]]


@frozen(kw_only=True)
class Settings:
    """Which table of which database."""

    url: Secret = env(
        "LLMLOG_POSTGRES_URL",
        help="postgresql://user:password@host/database; the PG* variables fill what it leaves out",
    )
    table: str = env(default="llmlog_calls", help="its name, or schema.name")
    create: bool = env(default=False, help="make the table, or add columns that it lacks")
    connect_timeout_s: int = env(default=10, help="seconds to wait for a connection")
    statement_timeout_s: float = env(default=30.0, help="seconds that one statement may take")


def connect(settings: Settings) -> Connection:
    """Open a connection, and make or migrate the table if that is asked for."""
    connection = psycopg.connect(
        settings.url.reveal(),
        connect_timeout=settings.connect_timeout_s,
        application_name="llmlog",
        autocommit=True,
    )
    milliseconds = str(int(settings.statement_timeout_s * 1000))
    connection.execute("select set_config('statement_timeout', %s, false)", [milliseconds])
    if settings.create:
        with connection.transaction():
            for statement in statements(settings.table):
                connection.execute(statement)
    return connection


def send(connection: Connection, settings: Settings, batch: Sequence[Payload]) -> Refused | None:
    """Write a batch in one transaction; a call that is there already is replaced."""
    rows = [row(payload) for payload in batch]
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(insert(settings.table), rows)
    except errors.ProgrammingError as problem:
        return Refused(
            f"{settings.table}: {type(problem).__name__}: {problem.diag.message_primary};"
            " python -m llmlog_postgres prints the table that is needed, create = true makes it"
        )
    return None


exporter = ClientExporter(
    name="postgres",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda connection: connection.close(),
    # InternalError: among others a transaction on what has become a read-only replica.
    retryable=(psycopg.OperationalError, psycopg.InternalError, OSError),
    limits=Limits(events=500, bytes=16_000_000),
)
