"""Writing the audit log: one line per call, on disk before the call's end returns."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from llmlog.audit.chain import FIRST, Link, files, read_link, sealed
from llmlog.clock import Clock
from llmlog.delivery.lock import NOFOLLOW, exclusive
from llmlog.errors import AuditError
from llmlog.message import JSON
from llmlog.secret import Secret


class Journal:
    """The end of a chain that several processes may write to; a file for each day.

    `append` raises `AuditError`, and what it could not write whole is not there at all.
    """

    def __init__(
        self, folder: Path, clock: Clock, *, key: Secret | None = None, keep_s: float | None = None
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._key = key
        self._keep_s = keep_s
        self._lock = threading.RLock()
        self._busy = False
        self._next: deque[JSON] = deque()
        self._end: tuple[Path, int, Link] | None = None

    def append(self, record: JSON) -> None:
        """Write a record and bring it to disk.

        One that comes in the middle of another, from a signal handler, follows it.
        """
        with self._lock:
            self._next.append(record)
            if self._busy:
                return
            self._busy = True
            try:
                while self._next:
                    self._put(self._next.popleft())
            finally:
                self._busy = False

    def _put(self, record: JSON) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self._folder / "lock"):
                self._append({"record": record})
        except (OSError, ValueError) as problem:
            self._end = None
            message = f"the audit log cannot be written: {type(problem).__name__}: {problem}"
            raise AuditError(message) from problem

    def _append(self, content: Mapping[str, Any]) -> None:
        now_ns = self._clock.unix_ns()
        day = datetime.fromtimestamp(now_ns / 1e9, timezone.utc)
        path = self._folder / f"audit-{day:%Y%m%d}.jsonl"
        torn, last = self._found(path)
        if torn:
            last = self._write(path, last, {"note": {"torn_bytes": torn}}, now_ns)
        if (gone := self._expired(path, now_ns)) is not None:
            last = self._write(path, last, {"note": gone}, now_ns)
            self._remove(gone["removed_to"])
        self._write(path, last, content, now_ns)

    def _found(self, path: Path) -> tuple[int, Link | None]:
        """Return how many bytes of an unfinished line were cut off, and the last link."""
        if self._end is not None and self._end[0] == path and _size(path) == self._end[1]:
            return 0, self._end[2]
        for newest in reversed(files(self._folder)):
            torn = _cut(newest)
            if line := _last_line(newest):
                return torn, read_link(line, self._key)
        return 0, None

    def _write(
        self, path: Path, last: Link | None, content: Mapping[str, Any], now_ns: int
    ) -> Link:
        number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
        head = {"number": number, "at_unix_ns": now_ns, "previous": previous}
        line, seal = sealed({**head, **content}, self._key)
        _append(path, line)
        link = Link(number=number, at_unix_ns=now_ns, previous=previous, hash=seal)
        self._end = (path, _size(path), link)
        return link

    def _expired(self, current: Path, now_ns: int) -> dict[str, Any] | None:
        """Return the note of what retention removes now: files whose last record is too old."""
        if self._keep_s is None or current.exists():
            return None
        gone: Link | None = None
        for path in files(self._folder):
            line = _last_line(path)
            link = read_link(line, self._key) if line else None
            if link is None or link.at_unix_ns > now_ns - self._keep_s * 1e9:
                break
            gone = link
        if gone is None:
            return None
        return {"removed_to": gone.number, "removed_hash": gone.hash}

    def _remove(self, number: int) -> None:
        for path in files(self._folder):
            line = _last_line(path)
            if line and read_link(line, self._key).number <= number:
                path.unlink()


def _append(path: Path, line: bytes) -> None:
    """Write a line and sync it; take back what was written of it when that fails."""
    new = not path.exists()
    file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | NOFOLLOW, 0o600)
    try:
        size = os.fstat(file).st_size
        try:
            whole = os.write(file, line) == len(line)
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
        if not whole:
            os.ftruncate(file, size)
            raise OSError("the disk is full")
    finally:
        os.close(file)
    if new:
        _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _last_line(path: Path) -> bytes:
    """Return the last whole line of a file, without reading all of it."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        step = 65_536
        while end:
            start = max(0, end - step)
            file.seek(start)
            lines = file.read(end - start).splitlines()
            if len(lines) > 1 or start == 0:
                return lines[-1] if lines else b""
            step *= 4
    return b""


def _cut(path: Path) -> int:
    """Cut an unfinished line off the end of a file; return its length."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        if file.read(1) in (b"", b"\n"):
            return 0
    content = path.read_bytes()
    rest = len(content) - (content.rfind(b"\n") + 1)
    if rest:
        os.truncate(path, len(content) - rest)
    return rest
