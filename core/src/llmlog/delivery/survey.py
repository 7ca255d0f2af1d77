"""Looking at a directory from outside: accounts of processes, and what waits in their spools."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from llmlog.delivery.ledger import Whereabouts
from llmlog.delivery.spool_file import SUFFIX
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
    """Yield what the processes of the last day published, the oldest first."""
    paths = sorted((directory / "stats").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in paths:
        value: Any = loads(path.read_bytes())
        lanes = tuple(LaneStats(**lane) for lane in value.pop("lanes"))
        yield Account(**value, lanes=lanes)


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
    """Read from a file that may be in use; a reader never writes, and takes no part in its log."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()
    except sqlite3.Error:
        return []
