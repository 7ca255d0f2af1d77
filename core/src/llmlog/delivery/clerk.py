"""The clerk: what a directory needs beside the writing of events, on a thread of its own.

It adopts the files of processes that died, writes down outcomes, lets go of files that owe nothing
any more, appends to the ledger and publishes the account.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import asdict, frozen

from llmlog.clock import Clock
from llmlog.delivery.adoption import orphans
from llmlog.delivery.complaint import Complaints
from llmlog.delivery.ledger import Ledger, prune
from llmlog.delivery.lock import NOFOLLOW
from llmlog.delivery.spool import Spool
from llmlog.delivery.stats import LaneStats, Tally
from llmlog.encoding import dumps
from llmlog.guard import describe, guarded

GROUP_S = 0.05
PUBLISH_S = 1.0
ADOPT_S = 30.0


@frozen(kw_only=True)
class ScribeParts:
    """What a scribe and its clerk are made of. `eager` says that callers write themselves.

    `adopt` is called with each file of a process that died, `lose` at the end with what each lane
    has in memory alone because the disk has not taken it. `warm` is called at the start, so that
    the first event does not wait for what is imported at first use.
    """

    directory: Path
    synced: bool
    eager: bool
    limit_bytes: int
    clock: Clock
    ledger: Ledger
    adopt: Callable[[Spool], object]
    lose: Callable[[Mapping[str, Tally]], object]
    warm: Callable[[], object]
    stats: Callable[[], Sequence[LaneStats]]


class Clerk:
    """Looks after the directory of a process. `adopted` are the files of others that it took."""

    def __init__(self, parts: ScribeParts, name: str, spool: Spool) -> None:
        self._parts = parts
        self._name = name
        self._spool = spool
        self._wake = threading.Event()
        self._adopting = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._complaints = Complaints("spool", parts.clock)
        self._published: object = None
        self.adopted: list[Spool] = []

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, name="llmlog-clerk", daemon=True)
        guarded(self._thread.start, otherwise=lambda _: None)  # none can start at the very end

    def stir(self) -> None:
        """Know of an outcome to write."""
        if not self._wake.is_set():
            self._wake.set()

    def _run(self) -> None:
        adopted_s = float("-inf")
        while not self._closing.is_set():
            if (now_s := self._parts.clock.monotonic_s()) >= adopted_s + ADOPT_S:
                adopted_s = now_s
                guarded(self.adopt, otherwise=self._survived)
            guarded(self.publish, otherwise=self._survived)
            self._write_until(time.monotonic() + PUBLISH_S)

    def _write_until(self, end_s: float) -> None:
        """Write what is settled meanwhile."""
        while self._wake.wait(max(0.0, end_s - time.monotonic())) and not self._closing.is_set():
            self._wake.clear()
            self._closing.wait(GROUP_S)
            guarded(self.write, otherwise=self._survived)

    def _survived(self, problem: BaseException) -> None:
        self._complaints.say(f"failed: {describe(problem)}")

    def adopt(self) -> None:
        """Take over what dead processes left; let go of files that owe nothing any more."""
        with self._adopting:
            self._adopt()

    def _adopt(self) -> None:
        self._spool.tidy()
        prune(self._parts.directory, self._parts.clock.unix_ns())
        for spool in list(self.adopted):
            if guarded(_spent, spool, otherwise=lambda _: True):
                self.adopted.remove(spool)
                spool.close()
        for open_file in orphans(self._parts.directory / "spool", self._complaints):
            if self._closing.is_set():
                open_file().close(remove=False)
                return
            spool = Spool(open_file, self._parts.clock, wake_later=self.stir)
            self.adopted.append(spool)
            self._parts.adopt(spool)
            self.write()

    def write(self) -> bool:
        """Bring everything to disk, also what is settled of other processes' events.

        Say whether it is there.
        """
        done = [spool.write() for spool in (self._spool, *self.adopted)]
        return all(done)

    def publish(self, *, ended: bool = False) -> None:
        """Write down the account, and the ledger's news."""
        try:
            self._parts.ledger.append(self._parts.directory)
            lanes = [asdict(stats) for stats in self._parts.stats()]
            if (lanes, ended) == self._published:
                return
            self._published = (lanes, ended)
            now_ns = self._parts.clock.unix_ns()
            account = {"pid": os.getpid(), "ended": ended, "at_unix_ns": now_ns, "lanes": lanes}
            _replace(self._parts.directory / "stats" / f"{self._name}.json", dumps(account))
        except OSError as problem:
            self._complaints.say(f"cannot publish: {describe(problem)}")

    def stop(self, timeout_s: float) -> None:
        """End, also in the middle of many files: the rest is for the next process."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout_s)


def _spent(spool: Spool) -> bool:
    return not spool.counts()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    file = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | NOFOLLOW, 0o600)
    try:
        os.write(file, content)
    finally:
        os.close(file)
    beside.replace(path)
