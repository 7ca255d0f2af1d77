"""The modes beyond memory: between a pipeline and its scribe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmlog.delivery.queue import Event
from llmlog.guard import describe, guarded
from llmlog.payload import Payload
from llmlog.route import Route

if TYPE_CHECKING:
    from llmlog.delivery.ledger import Ledger
    from llmlog.delivery.scribe import Scribe
    from llmlog.delivery.spool import Spool
    from llmlog.delivery.stats import Tally
    from llmlog.pipeline import Pipeline

Deliveries = list[tuple[Route, Event]]
Strike = Callable[[], object]
"""Takes off the disk what was kept there."""
CLOSE_S = 1.0


class Spooling:
    """Puts what a pipeline sends on disk. `eager` says that a call's end waits for it."""

    def __init__(self, pipeline: Pipeline, ledger: Ledger) -> None:
        from llmlog.delivery.clerk import ScribeParts
        from llmlog.delivery.scribe import Scribe

        settings = pipeline.settings
        if settings.directory is None:
            message = f"mode = {settings.mode} needs a place: set LLMLOG_DIRECTORY"
            raise ValueError(message)
        self.eager = settings.mode in ("strict", "audit")
        self._pipeline = pipeline
        self._scribe: Scribe = Scribe(ScribeParts(
            directory=settings.directory, synced=settings.mode == "audit", eager=self.eager,
            limit_bytes=settings.spool_bytes, clock=pipeline.clock, ledger=ledger,
            adopt=self._adopt, lose=self._lose, warm=pipeline.warm, stats=pipeline.stats,
        ))  # fmt: skip

    def start(self) -> None:
        """Begin to write, and to deliver what earlier processes left."""
        self._scribe.start()

    def adopt_now(self) -> None:
        """Take over what earlier processes left."""
        self._scribe.adopt()

    def shelved(self, pairs: Sequence[tuple[Route, Payload]], size: int) -> Deliveries:
        """Return events with their places on disk; without them where that cannot be had."""
        named = [(route.lane.key, payload) for route, payload in pairs]
        tickets = guarded(self._scribe.shelve, named, otherwise=lambda _: [None] * len(named))
        return [(route, Event(payload, ticket.size if ticket else size, ticket))
                for (route, payload), ticket in zip(pairs, tickets, strict=True)]  # fmt: skip

    def write(self) -> None:
        """Bring everything to disk before going on. Never raises."""
        guarded(self._scribe.write, otherwise=lambda _: False)

    def write_events(self) -> None:
        """Bring events to disk before going on. Never raises."""
        guarded(self._scribe.write_events, otherwise=lambda _: False)

    def keep(self, pairs: Sequence[tuple[Route, Payload]]) -> Strike:
        """Put on disk what is no lane's yet, for the next process if this one dies."""
        kept = self.shelved(pairs, 0)
        if self.eager:
            self.write_events()
        return partial(self._strike, kept)

    def _strike(self, deliveries: Deliveries) -> None:
        for route, event in deliveries:
            if event.ticket is not None:
                event.ticket.shelf.forget(route.lane.key, (event.ticket.number,))

    def _adopt(self, spool: Spool) -> None:
        counts = spool.counts()
        recipients = self._pipeline.recipients
        for route in recipients.every():
            if owed := counts.get(route.lane.key):
                route.lane.adopt(spool, owed, partial(recipients.renewed, route=route))

    def _lose(self, lost: Mapping[str, Tally]) -> None:
        for route in self._pipeline.recipients.every():
            if tally := lost.get(route.lane.key):
                route.lane.lose(tally)

    def close(self) -> None:
        """Bring everything to disk and let go of it."""
        self._scribe.close(CLOSE_S)

    def abandon(self) -> None:
        """Let go of everything in a forked child: it is the parent's."""
        self._scribe.abandon()


def open_spooling(pipeline: Pipeline, ledger: Ledger) -> Spooling | None:
    """Return what the settings' mode asks for; None, with the problem noted, if it cannot be."""
    if pipeline.settings.mode == "memory":
        return None
    import sqlite3

    try:
        return Spooling(pipeline, ledger)
    except (OSError, ValueError, sqlite3.Error) as problem:
        reason = str(problem) if isinstance(problem, ValueError) else describe(problem)
        pipeline.problems.append(f"spool: {reason}")
        return None
