"""The file: opened for each batch, written in one transaction, kept within bounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from llmlog.payload import Payload
from llmlog.sqlite.row import row
from llmlog.sqlite.table import migrate

_NOW: Final = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)"
_TOO_OLD: Final = f"delete from calls where started_at < {_NOW}"  # noqa: S608
_TOO_MANY: Final = """
delete from calls where id in (
    select id from calls order by started_at desc, rowid desc limit -1 offset ?
)
"""


@contextmanager
def opened(path: Path, busy_timeout_s: float) -> Iterator[sqlite3.Connection]:
    """Open the file, which is made for its owner alone if it is not there, and close it.

    No connection stays open between batches: SQLite keeps its locks in memory, where a forked
    child would take its parent's for its own and write into a journal that is gone.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with closing(sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        migrate(connection)
        yield connection


def write(
    connection: sqlite3.Connection,
    batch: Sequence[Payload],
    keep_rows: int | None = None,
    keep_days: float | None = None,
) -> None:
    """Write all calls or none, and forget those that are beyond the bounds."""
    rows = [row(payload) for payload in batch]
    with connection:
        connection.execute("begin immediate")
        connection.executemany(_upsert(tuple(rows[0])), rows)
        if keep_days is not None:
            connection.execute(_TOO_OLD, (f"-{keep_days * 86_400:.3f} seconds",))
        if keep_rows is not None:
            connection.execute(_TOO_MANY, (keep_rows,))


def _upsert(columns: Sequence[str]) -> str:
    """Return the statement that writes a row, over the one with its id if there is one."""
    places = ", ".join(f":{name}" for name in columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
    return (
        f"insert into calls ({', '.join(columns)}) values ({places})"  # noqa: S608
        f" on conflict (id) do update set {changes}"
    )
