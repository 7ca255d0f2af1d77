"""A spool's file: SQLite, one connection, one process, held by a lock beside it.

An event is stored once, with a row for each lane that still owes an outcome for it. Nothing here
knows payloads: content comes in redacted and encoded.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from llmlog.delivery.lock import NOFOLLOW, FileLock
from llmlog.delivery.shelf import Entry, Place, Stored
from llmlog.delivery.stats import Tally
from llmlog.encoding import dumps
from llmlog.fork import ForkGate

SUFFIX = ".sqlite3"
_VERSION = 1
_LOG_PAGES = 4000  # a checkpoint waits for the disk, and who writes waits for it: seldom
_BESIDE = ("", "-wal", "-shm", "-journal")
_SCHEMA = """
create table if not exists event (
    number integer primary key, at_unix_ns integer, content blob, crc integer);
create table if not exists owed (
    number integer, lane text, size integer not null default 0, primary key (number, lane)
) without rowid;
"""


_STEPS = """
create temp view arrival as select 0 number, 0 at_unix_ns, x'' content, 0 crc, '' lanes;
create temp trigger arrive instead of insert on arrival begin
    insert into event values (new.number, new.at_unix_ns, new.content, new.crc);
    insert into owed (number, lane, size)
        select new.number, value, length(new.content) from json_each(new.lanes);
end;
create temp trigger leave after delete on main.owed
when not exists (select 1 from main.owed where number = old.number) begin
    delete from event where number = old.number;
end;
"""
"""What belongs together is one statement: each is a transaction, and each gives up the interpreter
for a moment, which other threads may keep for 5 ms or more."""

ENTRIES = 64
_guard = ForkGate()  # around every use of SQLite, which has locks of its own


class SpoolFile:
    """An open file. Everything may raise `sqlite3.Error`."""

    def __init__(self, path: Path, lock: FileLock, *, synced: bool = False) -> None:
        self.path = path
        self._lock = lock
        with _guard:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(synced=synced)
            except sqlite3.Error:
                self._connection.close()
                raise

    def _prepare(self, *, synced: bool) -> None:
        run = self._connection.execute
        run("pragma auto_vacuum = incremental")
        run("pragma journal_mode = wal")
        run(f"pragma synchronous = {'full' if synced else 'normal'}")
        run(f"pragma wal_autocheckpoint = {_LOG_PAGES}")
        run("pragma trusted_schema = off")
        self._know_version()
        self._connection.executescript(_SCHEMA)
        self._connection.executescript(_STEPS)
        run("select count(*) from json_each('[]')").fetchone()
        run(f"pragma user_version = {_VERSION}")

    def _know_version(self) -> None:
        """Bring an older file up to date; raise `sqlite3.OperationalError` for a newer one."""
        run = self._connection.execute
        version = run("pragma user_version").fetchone()[0]
        if version > _VERSION:
            message = f"written by a newer llmlog (format {version}); it stays as it is"
            raise sqlite3.OperationalError(message)
        columns = {row[1] for row in run("pragma table_info(owed)")}
        if columns and "size" not in columns:
            run("alter table owed add column size integer not null default 0")

    @classmethod
    def create(cls, path: Path, *, synced: bool) -> SpoolFile:
        """Make a file that its owner alone can read; raise `OSError` when that cannot be done."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock.acquire(lock_of(path))
        if lock is None:
            message = f"{path} is in use"
            raise FileExistsError(message)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | NOFOLLOW, 0o600))
        if synced:
            _sync(path.parent)
            _sync(path.parent.parent)
        return cls(path, lock, synced=synced)

    def add(self, entries: Sequence[Entry]) -> None:
        """Write up to `ENTRIES` events in one transaction: all of them or, when it raises, none."""
        values = [value for each in entries for value in (
            each.number, each.at_unix_ns, each.content, zlib.crc32(each.content),
            dumps(each.lanes).decode())]  # fmt: skip
        rows = ", ".join(["(?, ?, ?, ?, ?)"] * len(entries))
        with _guard:
            self._connection.execute(f"insert into arrival values {rows}", values)  # noqa: S608

    def strike(self, lane: str, numbers: Sequence[int]) -> None:
        """Note in one transaction that a lane owes these no longer; drop what nobody owes."""
        with _guard:
            self._connection.execute(
                "delete from owed where lane = ? and number in (select value from json_each(?))",
                (lane, dumps(numbers).decode()))  # fmt: skip

    def load(self, numbers: Iterable[int]) -> list[Stored]:
        """Return those of the events that are there."""
        with _guard:
            found = (
                self._connection.execute(
                    "select number, at_unix_ns, content, crc from event where number = ?", (number,)
                ).fetchone()
                for number in numbers
            )
            return [Stored(*row) for row in found if row is not None]

    def owed(self, lane: str, after: int, limit: int) -> list[Place]:
        """Return the next events that a lane owes, in order."""
        with _guard:
            return [Place(*row) for row in self._connection.execute(
                "select number, size from owed where lane = ? and number > ? order by number"
                " limit ?", (lane, after, limit))]  # fmt: skip

    def counts(self) -> Mapping[str, Tally]:
        """Return what each lane owes."""
        with _guard:
            return {lane: Tally(count, size) for lane, count, size in self._connection.execute(
                "select lane, count(*), sum(size) from owed group by lane")}  # fmt: skip

    def used_bytes(self) -> int:
        """Return the size of what is in the file, without free pages."""
        with _guard:
            page, pages, free = (
                self._connection.execute(f"pragma {name}").fetchone()[0]
                for name in ("page_size", "page_count", "freelist_count")
            )
        return int(page * (pages - free))

    def shrink(self) -> None:
        """Give free pages back to the disk."""
        with _guard:
            self._connection.execute("pragma incremental_vacuum(2000)").fetchall()

    def close(self, *, remove: bool) -> None:
        """Close the file and let others have it; remove it when nothing in it is owed."""
        try:
            with _guard:
                self._connection.close()
        finally:
            if remove:
                remove_file(self.path)
            self._lock.release()

    def let_go(self) -> None:
        """Close the connection alone; the lock stays."""
        with _guard:
            self._connection.close()

    def quarantine(self) -> Path:
        """Close a damaged file and put it aside; return where it is."""
        self.let_go()
        target = set_aside(self.path)
        self._lock.release()
        return target

    def abandon(self) -> None:
        """Let go of everything in a forked child: the file is its parent's."""
        self._lock.release()
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))  # closing would write to it


def _sync(folder: Path) -> None:
    """Bring a folder's names to disk, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def lock_of(path: Path) -> Path:
    """Return the lock file of a spool's file."""
    return path.with_suffix(".lock")


def remove_file(path: Path) -> None:
    """Remove a spool's file and what SQLite keeps beside it, the lock last."""
    for ending in _BESIDE:
        path.with_name(path.name + ending).unlink(missing_ok=True)
    lock_of(path).unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Move a damaged file into `quarantine`; return where it is."""
    folder = path.parent / "quarantine"
    folder.mkdir(mode=0o700, exist_ok=True)
    for ending in _BESIDE:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(folder / part.name)
    lock_of(path).unlink(missing_ok=True)
    return folder / path.name
