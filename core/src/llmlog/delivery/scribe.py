"""The scribe: the thread that brings to disk what must outlive the process.

It writes the spool a few milliseconds after an event, adopts the files of processes that died,
appends to the ledger and publishes the account.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from attrs import asdict, frozen

from llmlog.clock import Clock
from llmlog.delivery.adoption import orphans
from llmlog.delivery.complaint import Complaints
from llmlog.delivery.ledger import Ledger, prune
from llmlog.delivery.lock import NOFOLLOW
from llmlog.delivery.shelf import Ticket
from llmlog.delivery.spool import Spool
from llmlog.delivery.spool_file import SUFFIX, SpoolFile
from llmlog.delivery.stats import LaneStats
from llmlog.encoding import dumps
from llmlog.guard import describe, guarded
from llmlog.payload import Payload
from llmlog.schema import to_json

GROUP_S = 0.005
PUBLISH_S = 1.0
ADOPT_S = 30.0


@frozen(kw_only=True)
class ScribeParts:
    """What a scribe is made of.

    `adopt` is called with each file of a process that died. `warm` is called at the start, so that
    the first event does not wait for what is imported at first use.
    """

    directory: Path
    synced: bool
    limit_bytes: int
    clock: Clock
    ledger: Ledger
    adopt: Callable[[Spool], object]
    warm: Callable[[], object]
    stats: Callable[[], Sequence[LaneStats]]


class Scribe:
    """Owns the spool of a process. Making one may raise `OSError` and `sqlite3.Error`."""

    def __init__(self, parts: ScribeParts) -> None:
        self._parts = parts
        self._name = f"{os.getpid()}-{uuid4().hex[:12]}"
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._adopting = threading.Lock()
        self._adopted: list[Spool] = []
        self._due_s: dict[str, float] = {}
        self._complaints = Complaints("spool", parts.clock)
        self._published: object = None
        self._files = 0
        self._spool = Spool(self._open_file, parts.clock, limit_bytes=parts.limit_bytes,
                            wake=self._stir)  # fmt: skip

    def _open_file(self) -> SpoolFile:
        self._files += 1
        path = self._parts.directory / "spool" / f"{self._name}-{self._files}{SUFFIX}"
        return SpoolFile.create(path, synced=self._parts.synced)

    def _stir(self) -> None:
        if not self._wake.is_set():
            self._wake.set()

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, name="llmlog-scribe", daemon=True)
        guarded(self._thread.start, otherwise=lambda _: None)  # none can start at the very end

    def shelve(self, pairs: Sequence[tuple[str, Payload]]) -> list[Ticket | None]:
        """Put payloads on disk soon, each distinct one once, and return their tickets.

        `pairs` are the name of a lane and what it is to send.
        """
        encoded = {id(payload): to_json(payload) for payload in
                   {id(payload): payload for _, payload in pairs}.values()}  # fmt: skip
        owners: dict[bytes, list[str]] = {}
        for lane, payload in pairs:
            owners.setdefault(encoded[id(payload)], []).append(lane)
        tickets = {content: self._spool.put(content, tuple(lanes))
                   for content, lanes in owners.items()}  # fmt: skip
        return [tickets[encoded[id(payload)]] for _, payload in pairs]

    def write(self) -> bool:
        """Bring everything to disk now; say whether it is there."""
        done = [spool.write() for spool in (self._spool, *self._adopted)]
        return all(done)

    def _run(self) -> None:
        guarded(self._parts.warm, otherwise=self._survived)
        while not self._closing.is_set():
            guarded(self._turn, otherwise=self._survived)

    def _survived(self, problem: BaseException) -> None:
        self._complaints.say(f"failed: {describe(problem)}")
        self._closing.wait(1.0)

    def _turn(self) -> None:
        if self._due("adopt", ADOPT_S):
            self.adopt()
        if self._due("publish", PUBLISH_S):
            self._publish(ended=False)
        if self._wake.wait(PUBLISH_S):
            self._wake.clear()
            self._closing.wait(GROUP_S)
            self.write()

    def _due(self, what: str, every_s: float) -> bool:
        now_s = self._parts.clock.monotonic_s()
        if now_s < self._due_s.get(what, now_s):
            return False
        self._due_s[what] = now_s + every_s
        return True

    def adopt(self) -> None:
        """Take over what dead processes left; let go of files that owe nothing any more."""
        with self._adopting:
            self._adopt()

    def _adopt(self) -> None:
        self._spool.tidy()
        prune(self._parts.directory, self._parts.clock.unix_ns())
        for spool in list(self._adopted):
            if guarded(_spent, spool, otherwise=lambda _: True):
                self._adopted.remove(spool)
                spool.close()
        for open_file in orphans(self._parts.directory / "spool", self._complaints):
            spool = Spool(open_file, self._parts.clock, wake=self._stir)
            self._adopted.append(spool)
            self._parts.adopt(spool)
            self._spool.write()  # what comes in meanwhile must not wait for all of them

    def _publish(self, *, ended: bool) -> None:
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

    def close(self, timeout_s: float) -> None:
        """Bring everything to disk and let go of the files."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout_s)
        for spool in (self._spool, *self._adopted):
            try:
                spool.close()
            except (OSError, sqlite3.Error) as problem:
                self._complaints.say(f"cannot close: {describe(problem)}")
        self._publish(ended=True)

    def abandon(self) -> None:
        """Let go of everything in a forked child: it is the parent's."""
        for spool in (self._spool, *self._adopted):
            spool.abandon()


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
