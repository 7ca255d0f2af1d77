"""The spool: events on disk until every lane that owes them has an outcome.

What is handed in waits in memory until it is written, as much as there is at once: that is the
group commit. Events go before outcomes, which only spare the next process a second delivery. A disk
that fails loses nothing that fits into memory; what waits is written when it heals.
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve

from llmlog.clock import Clock
from llmlog.delivery.complaint import Complaints
from llmlog.delivery.shelf import Entry, Place, Stored, Ticket
from llmlog.delivery.spool_file import ENTRIES, SpoolFile
from llmlog.delivery.stats import Tally
from llmlog.guard import describe

WAITING_BYTES = 32 * 1024 * 1024
LOOK_EVERY = 64
_SHRINK_BYTES = 16 * 1024 * 1024


class Spool:
    """One file with its group commit.

    `wake` is called when there is an event to write, `wake_later` when there is an outcome. `eager`
    says that whoever puts writes as well.
    """

    def __init__(  # noqa: PLR0913  # two ways to wake, and what its owner decides
        self, open_file: Callable[[], SpoolFile], clock: Clock, *,
        limit_bytes: int = 0, wake: Callable[[], object] = bool,
        wake_later: Callable[[], object] = bool, eager: bool = False,
    ) -> None:  # fmt: skip
        self._open_file = open_file
        self._file = open_file()
        self._clock = clock
        self._limit = limit_bytes
        self._wake = wake
        self._wake_later = wake_later
        self._eager = eager
        self._numbers = itertools.count(1)
        self._inbox: deque[Entry] = deque()
        self._outcomes: deque[tuple[str, tuple[int, ...]]] = deque()
        self._waiting: dict[int, Entry] = {}
        self._settled: dict[str, list[int]] = {}
        self._waiting_bytes = 0
        self._used = 0
        self._looks = 0
        self._writing = threading.RLock()
        self._counting = threading.RLock()
        self._complaints = Complaints("spool", clock)
        self._closed = False

    @property
    def path(self) -> Path:
        """Return where the file is."""
        return self._file.path

    def put(self, content: bytes, lanes: tuple[str, ...]) -> Ticket | None:
        """Take an event that `lanes` owe; None when the spool is full or its disk fails."""
        if self._closed:
            return None
        if not self._has_room(len(content)):
            self._complaints.say("full: events are kept in memory alone")
            return None
        number = next(self._numbers)
        with self._counting:
            self._waiting_bytes += len(content)
        self._inbox.append(Entry(number, self._clock.unix_ns(), content, lanes))
        if not self._eager:
            self._wake()
        return Ticket(self, number, len(content))

    def _has_room(self, size: int) -> bool:
        waiting = self._waiting_bytes + size
        return waiting <= WAITING_BYTES and self._used + waiting <= self._limit

    def forget(self, lane: str, numbers: Iterable[int]) -> None:
        """Note that a lane owes these events no longer."""
        self._outcomes.append((lane, tuple(numbers)))
        self._wake_later()

    def write(self) -> bool:
        """Bring everything to disk; say whether it is there."""
        with self._writing:
            return self._tried(self._write_all)

    def write_events(self) -> bool:
        """Bring events to disk, and leave outcomes for later; say whether they are there."""
        with self._writing:
            self._receive()
            return self._tried(self._add)

    def _tried(self, work: Callable[[], object]) -> bool:
        if self._closed:
            return not (self._inbox or self._outcomes or self._waiting or self._settled)
        try:
            work()
        except sqlite3.Error as problem:
            return self._failed(problem)
        return True

    def _write_all(self) -> None:
        outcomes = [self._outcomes.popleft() for _ in range(len(self._outcomes))]
        self._receive()  # what these are outcomes of came before them
        for lane, numbers in outcomes:
            self._settle(lane, numbers)
        self._add()
        self._strike()

    def _receive(self) -> None:
        while self._inbox:
            entry = self._inbox.popleft()
            self._waiting[entry.number] = entry

    def _settle(self, lane: str, numbers: Iterable[int]) -> None:
        """Take note of outcomes: an event that came and went is not written at all."""
        for number in numbers:
            entry = self._waiting.get(number)
            if entry is None:
                self._settled.setdefault(lane, []).append(number)
            elif lanes := tuple(each for each in entry.lanes if each != lane):
                self._waiting[number] = evolve(entry, lanes=lanes)
            else:
                self._written([entry])

    def _add(self) -> None:
        while batch := list(itertools.islice(self._waiting.values(), ENTRIES)):
            self._file.add(batch)
            self._written(batch)
            self._look_at_size(_size(batch))

    def _strike(self) -> None:
        for lane in list(self._settled):
            self._file.strike(lane, self._settled[lane])
            del self._settled[lane]

    def _written(self, batch: Sequence[Entry]) -> None:
        for each in batch:
            del self._waiting[each.number]
        with self._counting:
            self._waiting_bytes -= _size(batch)

    def _look_at_size(self, written: int) -> None:
        """Count what was written; ask the file now and then, and always when it is filling up."""
        self._used += written
        self._looks += 1
        if self._looks % LOOK_EVERY == 0 or self._used * 2 > self._limit:
            self._used = self._file.used_bytes()

    def _failed(self, problem: sqlite3.Error) -> bool:
        """Keep what could not be written; a damaged file is put aside for a new one."""
        self._complaints.say(f"cannot write: {describe(problem)}; events wait in memory")
        if isinstance(problem, (sqlite3.OperationalError, sqlite3.ProgrammingError)):
            return False
        self._complaints.say(f"damaged file put aside: {self._file.quarantine()}")
        return self._replace()

    def _replace(self) -> bool:
        try:
            self._file = self._open_file()
        except (OSError, sqlite3.Error) as problem:
            self._complaints.say(f"cannot open: {describe(problem)}; events wait in memory")
            return False
        return self.write()

    def load(self, numbers: Sequence[int]) -> list[Stored] | None:
        """Return those of the events that are there and undamaged; None when it is closed."""
        with self._writing:
            if self._closed:
                return None
            self.write()
            early = self._waiting
            found = self._read([number for number in numbers if number not in early])
            found += [Stored.of(early[number]) for number in numbers if number in early]
        return sorted((each for each in found if each.sound), key=lambda each: each.number)

    def _read(self, numbers: Sequence[int]) -> list[Stored]:
        """Read events together, or one by one where a damaged page is in the way."""
        try:
            return self._file.load(numbers)
        except sqlite3.Error as problem:
            self._complaints.say(f"cannot read: {describe(problem)}")
            if len(numbers) == 1:
                return []
        return [each for number in numbers for each in self._read((number,))]

    def owed(self, lane: str, after: int, limit: int) -> list[Place] | None:
        """Return the next events that a lane owes, in order; none when they cannot be read."""
        with self._writing:
            try:
                return None if self._closed else self._file.owed(lane, after, limit)
            except sqlite3.Error as problem:
                self._complaints.say(f"cannot read: {describe(problem)}")
                return []

    def tidy(self) -> None:
        """Give space back that a backlog no longer needs; begin anew when the file is gone."""
        with self._writing:
            if self._closed:
                return
            try:
                if not self.path.exists():
                    self._file.close(remove=True)
                    self._replace()
                elif self._used < _SHRINK_BYTES:
                    self._file.shrink()
            except sqlite3.Error as problem:
                self._complaints.say(f"cannot shrink: {describe(problem)}")

    def counts(self) -> Mapping[str, Tally]:
        """Return what each lane owes on disk; raise `sqlite3.Error` on damage."""
        with self._writing:
            self.write()
            return self._file.counts()

    def close(self) -> None:
        """Write what waits and close.

        The file stays as long as something in it is owed; a damaged one is put aside.
        """
        with self._writing:
            if self._closed:
                return
            try:
                remove = not self.counts() and not self._waiting and not self._settled
            except sqlite3.OperationalError:
                remove = False
            except sqlite3.Error:
                self._closed = True
                self._file.quarantine()
                return
            self._closed = True
            self._file.close(remove=remove)

    def unwritten(self) -> Mapping[str, Tally]:
        """Return what each lane loses with this process: what the disk has not taken."""
        with self._writing:
            self._receive()
            lost: defaultdict[str, Tally] = defaultdict(Tally)
            for entry in self._waiting.values():
                for lane in entry.lanes:
                    lost[lane].add(1, len(entry.content))
            return lost

    def abandon(self) -> None:
        """Let go of everything in a forked child."""
        self._closed = True
        self._file.abandon()


def _size(entries: Iterable[Entry]) -> int:
    return sum(len(each.content) for each in entries)
