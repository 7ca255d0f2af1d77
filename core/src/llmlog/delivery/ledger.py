"""The ledger: where each event went, for a bounded time.

In memory it holds the last outcomes of a Logger; with a spool they are also appended to a file
per day that all processes of a directory share, and that lives for two days.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from llmlog.clock import Clock
from llmlog.delivery.lock import NOFOLLOW
from llmlog.encoding import dumps, loads

REMEMBERED = 50_000
FILE_BYTES = 64 * 1024 * 1024
DETAIL_CHARACTERS = 200


@frozen(kw_only=True)
class Whereabouts:
    """Where an event is for one exporter.

    `state` is `queued`, `sending`, `on disk`, `delivered`, `dead_lettered` or `dropped`; `attempt`
    counts requests that carried it so far, 0 when that is not known; `detail` is the backend's
    answer or the reason.
    """

    exporter: str
    state: str
    at_unix_ns: int
    attempt: int = 0
    detail: str = ""


_Page = tuple[tuple[str, ...], str, str, int, int, str]
"""Ids, then what `Whereabouts` holds: plain, because there is one for each batch."""


class Ledger:
    """The last outcomes. `keep` makes them wait for `append`, which brings them to disk."""

    def __init__(self, clock: Clock, *, keep: bool = False) -> None:
        self._clock = clock
        self._lock = threading.RLock()  # a signal may log within a log
        self._pages: deque[_Page] = deque()
        self._count = 0
        self._unwritten: deque[_Page] | None = deque(maxlen=10_000) if keep else None

    def note(
        self, ids: tuple[str, ...], exporter: str, state: str, *, attempt: int = 0, detail: str = ""
    ) -> None:
        """Remember what became of events."""
        page = (ids, exporter, state, self._clock.unix_ns(), attempt, detail[:DETAIL_CHARACTERS])
        with self._lock:
            self._pages.append(page)
            self._count += len(ids)
            while self._count > REMEMBERED and len(self._pages) > 1:
                self._count -= len(self._pages.popleft()[0])
            if self._unwritten is not None:
                self._unwritten.append(page)

    def find(self, call: str) -> list[Whereabouts]:
        """Return what is remembered of a call, oldest first."""
        with self._lock:
            return [_where(page) for page in self._pages if call in page[0]]

    def append(self, directory: Path) -> None:
        """Write what is new to today's file; raise `OSError` when that fails."""
        if not self._unwritten:
            return
        with self._lock:
            pages, self._unwritten = self._unwritten, deque(maxlen=self._unwritten.maxlen)
        lines = b"".join(dumps({"ids": list(page[0]), **asdict(_where(page))}) + b"\n"
                         for page in pages)  # fmt: skip
        try:
            _append(directory / _name(self._clock.unix_ns()), lines)
        except OSError:
            with self._lock:
                self._unwritten = deque((*pages, *self._unwritten), self._unwritten.maxlen)
            raise


def _where(page: _Page) -> Whereabouts:
    _, exporter, state, at_unix_ns, attempt, detail = page
    return Whereabouts(exporter=exporter, state=state, at_unix_ns=at_unix_ns, attempt=attempt,
                       detail=" ".join(detail.split()))  # fmt: skip


def _name(unix_ns: int) -> str:
    day = datetime.fromtimestamp(unix_ns / 1e9, timezone.utc)
    return f"ledger-{day:%Y%m%d}.jsonl"


def _append(path: Path, lines: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | NOFOLLOW, 0o600)
    try:
        if os.fstat(file).st_size + len(lines) <= FILE_BYTES:
            os.write(file, lines)
    finally:
        os.close(file)


def prune(directory: Path, now_unix_ns: int) -> None:
    """Remove ledgers of all days but the last two, and accounts older than a day."""
    yesterday_ns = now_unix_ns - 86_400 * 10**9
    for path in directory.glob("ledger-*.jsonl"):
        if path.name < _name(yesterday_ns):
            path.unlink(missing_ok=True)
    for path in (directory / "stats").glob("*.json"):
        if path.stat().st_mtime_ns < yesterday_ns:
            path.unlink(missing_ok=True)


def written(directory: Path, call: str) -> Iterator[Whereabouts]:
    """Yield what the files of a directory know of a call, oldest first."""
    for path in sorted(directory.glob("ledger-*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                if call.encode() in line:
                    yield from _read(line, call)


def _read(line: bytes, call: str) -> Iterator[Whereabouts]:
    try:
        page: Any = loads(line)
        if call in page.pop("ids"):
            yield Whereabouts(**page)
    except (ValueError, TypeError, KeyError, AttributeError):  # a line that was cut short
        return
