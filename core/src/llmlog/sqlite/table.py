"""The tables, as steps from one version of the file to the next.

SQLite's `user_version` is the number of steps that a file has taken. A step that was published is
never edited; a change of the tables is one more step at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

Step = tuple[str, ...]

_CALLS: Final = """
create table calls (
    id text primary key,
    trace_id text not null,
    span_id text not null,
    parent_span_id text,
    started_at text not null,
    kind text not null,
    status text not null,
    name text,
    provider_name text,
    request_model text,
    model text,
    total_input_tokens integer,
    cache_read_tokens integer,
    total_output_tokens integer,
    reasoning_tokens integer,
    total_tokens integer,
    cost real,
    currency text,
    time_to_first_token_ms real,
    duration_ms real not null,
    stream integer,
    cache_hit integer,
    attempts integer,
    error_type text,
    error_message text,
    error_status_code integer,
    session_id text,
    user_id text,
    team_id text,
    tags text not null,
    service_name text,
    environment text,
    payload text not null
)
"""

STEPS: Final[Sequence[Step]] = (
    (
        _CALLS,
        "create index calls_started_at on calls (started_at)",
        "create index calls_trace_id on calls (trace_id)",
        "create index calls_session_id on calls (session_id, started_at)",
    ),
)


class NewerSchemaError(Exception):
    """The file was written by a newer version."""


def version(connection: sqlite3.Connection) -> int:
    """Return how many steps the file has taken."""
    (number,) = connection.execute("pragma user_version").fetchone()
    return int(number)


def check(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Raise `NewerSchemaError` for a file that has taken more steps than are known here."""
    found = version(connection)
    if found > len(steps):
        message = f"it has version {found}, {len(steps)} is known here: pip install -U llmlog"
        raise NewerSchemaError(message)


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Take the steps that are missing, all or none; several processes may try at once."""
    if version(connection) == len(steps):
        return
    with connection:
        connection.execute("begin immediate")
        check(connection, steps)
        for step in steps[version(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"pragma user_version = {len(steps)}")
