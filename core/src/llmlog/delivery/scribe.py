"""The scribe: the thread that brings to disk what must outlive the process.

It writes events as soon as they come, those of a few milliseconds together, and does nothing else.
What may take longer is the clerk's, on a thread of its own.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from uuid import uuid4

from llmlog.delivery.clerk import Clerk, ScribeParts
from llmlog.delivery.complaint import Complaints
from llmlog.delivery.shelf import Ticket
from llmlog.delivery.spool import Spool
from llmlog.delivery.spool_file import SUFFIX, SpoolFile
from llmlog.guard import describe, guarded
from llmlog.payload import Payload
from llmlog.schema import to_json

GROUP_S = 0.005
IDLE_S = 1.0


class Scribe:
    """Owns the spool of a process. Making one may raise `OSError` and `sqlite3.Error`."""

    def __init__(self, parts: ScribeParts) -> None:
        self._parts = parts
        self._name = f"{os.getpid()}-{uuid4().hex[:12]}"
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._next_s = 0.0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._complaints = Complaints("spool", parts.clock)
        self._files = 0
        self._spool = Spool(self._open_file, parts.clock, limit_bytes=parts.limit_bytes,
                            wake=self._stir, wake_later=self._stir_later,
                            eager=parts.eager)  # fmt: skip
        self._clerk = Clerk(parts, self._name, self._spool)

    def _open_file(self) -> SpoolFile:
        self._files += 1
        path = self._parts.directory / "spool" / f"{self._name}-{self._files}{SUFFIX}"
        return SpoolFile.create(path, synced=self._parts.synced)

    def _stir(self) -> None:
        if self._bell.empty():
            self._bell.put(None)

    def _stir_later(self) -> None:
        self._clerk.stir()

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, name="llmlog-scribe", daemon=True)
        guarded(self._thread.start, otherwise=lambda _: None)  # none can start at the very end
        self._clerk.start()

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
        return self._clerk.write()

    def write_events(self) -> bool:
        """Bring events to disk now; say whether they are there."""
        return self._spool.write_events()

    def _run(self) -> None:
        guarded(self._parts.warm, otherwise=self._survived)
        while not self._closing.is_set():
            guarded(self._turn, otherwise=self._survived)

    def _survived(self, problem: BaseException) -> None:
        self._complaints.say(f"failed: {describe(problem)}")
        self._closing.wait(1.0)

    def _turn(self) -> None:
        """Write what came, and from time to time what a disk that failed did not take."""
        try:
            self._bell.get(timeout=IDLE_S)
        except Empty:
            self._spool.write()
            return
        if (early_s := self._next_s - time.monotonic()) > 0:
            self._closing.wait(early_s)
        self._next_s = time.monotonic() + GROUP_S
        self._spool.write_events()

    def adopt(self) -> None:
        """Take over what dead processes left; let go of files that owe nothing any more."""
        self._clerk.adopt()

    def close(self, timeout_s: float) -> None:
        """Bring everything to disk and let go of the files."""
        end_s = time.monotonic() + timeout_s
        self._closing.set()
        self._stir()
        self._clerk.stop(timeout_s)
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(max(0.0, end_s - time.monotonic()))
        for spool in (self._spool, *self._clerk.adopted):
            try:
                spool.close()
            except (OSError, sqlite3.Error) as problem:
                self._complaints.say(f"cannot close: {describe(problem)}")
        self._parts.lose(self._spool.unwritten())
        self._clerk.publish(ended=True)

    def abandon(self) -> None:
        """Let go of everything in a forked child: it is the parent's."""
        for spool in (self._spool, *self._clerk.adopted):
            spool.abandon()
