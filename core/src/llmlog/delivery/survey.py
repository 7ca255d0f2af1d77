"""Looking at a directory from outside: accounts of processes, and what waits in their spools."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from llmlog.delivery.ledger import Whereabouts
from llmlog.delivery.lock import FileLock
from llmlog.delivery.spool_file import SUFFIX, lock_of
from llmlog.delivery.stats import LaneStats
from llmlog.encoding import loads


@frozen(kw_only=True)
class Account:
    """The account of one process, as it was at `at_unix_ns`."""

    pid: int
    ended: bool
    at_unix_ns: int
    lanes: tuple[LaneStats, ...]


def accounts(directory: Path) -> Iterator[Account]:
    """Yield what the processes of the last day published, the oldest first.

    What cannot be read, or has gone meanwhile, is left out.
    """
    found = (_account(path) for path in (directory / "stats").glob("*.json"))
    yield from sorted(filter(None, found), key=lambda account: account.at_unix_ns)


def _account(path: Path) -> Account | None:
    try:
        value: Any = loads(path.read_bytes())
        lanes = tuple(LaneStats(**lane) for lane in value.pop("lanes"))
        return Account(**value, lanes=lanes)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def damaged(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield each spool file that cannot be read, and why."""
    for path in sorted((directory / "spool").glob(f"*{SUFFIX}")):
        try:
            _read(path, "select 1 from owed limit 1")
        except sqlite3.OperationalError:  # it is busy, is being made, or has gone meanwhile
            continue
        except sqlite3.Error as problem:
            yield path, str(problem)


def held(path: Path) -> bool:
    """Say whether a process has a spool file in use."""
    if not lock_of(path).exists():
        return False
    lock = FileLock.acquire(lock_of(path))
    if lock is None:
        return True
    lock.release()
    return False


def waiting(directory: Path) -> Iterator[tuple[Path, Mapping[str, int]]]:
    """Yield each spool file and how many events each lane owes in it."""
    for path in sorted((directory / "spool").glob(f"*{SUFFIX}")):
        rows = _ask(path, "select lane, count(*) from owed group by lane")
        if counts := dict(rows):
            yield path, counts


def on_disk(directory: Path, call: str) -> Iterator[Whereabouts]:
    """Yield where a call waits, by its id."""
    for path in sorted((directory / "spool").glob(f"*{SUFFIX}")):
        for lane, at_unix_ns in _ask(
            path, "select lane, at_unix_ns from event join owed using (number)"
            " where instr(content, ?)", f'"id":"{call}"'.encode()):  # fmt: skip
            yield Whereabouts(exporter=lane.removesuffix("/default"), state="on disk",
                              at_unix_ns=at_unix_ns, detail=path.name)  # fmt: skip


def _ask(path: Path, query: str, *values: object) -> list[Any]:
    try:
        return _read(path, query, *values)
    except sqlite3.Error:
        return []


def _read(path: Path, query: str, *values: object) -> list[Any]:
    """Read from a file that may be in use; a reader never writes, and takes no part in its log."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()
