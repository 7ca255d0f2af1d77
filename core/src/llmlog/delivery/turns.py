"""Whose turn it is when a batch keeps failing: one that fails alone must not hold up the others.

A batch that failed `PATIENCE` times lets others go before it. When they are delivered and only it
fails, again and again, the fault is in it: it is halved, and an event that is left alone with
the fault is rejected. Failures of others in between speak for the backend being down, and start
the count anew.
"""

from __future__ import annotations

from attrs import evolve

from llmlog.delivery.settlement import Batch, Settlement

PATIENCE = 4
ALONE_BATCH = 3
ALONE_EVENT = 8


class Turns:
    """What a lane remembers of requests that were answered, and of those that failed."""

    def __init__(self) -> None:
        self._answered = 0
        self._failed = 0

    def answered(self) -> None:
        """Note that the backend took or judged a request."""
        self._answered += 1

    def consider(self, batch: Batch, settlement: Settlement) -> Settlement:
        """Return what a failure of the whole request means, in the light of the others."""
        self._failed += 1
        self._count(batch)
        doubt = batch.doubt
        if doubt.tries < PATIENCE:
            return settlement
        if len(batch.events) == 1:
            return self._single(batch, settlement)
        if doubt.alone >= ALONE_BATCH:
            return evolve(settlement, again=self._halves(batch), last=True)
        return evolve(settlement, last=True)

    def _count(self, batch: Batch) -> None:
        doubt = batch.doubt
        answered, failed = self._answered - doubt.answered, self._failed - doubt.failed - 1
        if doubt.tries and failed > 0:
            doubt.alone = 0
        elif doubt.tries and answered > 0:
            doubt.alone += 1
        doubt.tries += 1
        doubt.answered, doubt.failed = self._answered, self._failed

    def _single(self, batch: Batch, settlement: Settlement) -> Settlement:
        if batch.doubt.alone < ALONE_EVENT:
            return evolve(settlement, last=True)
        reason = f"failed alone {batch.doubt.tries} times: {settlement.complaint}"
        return evolve(settlement, again=(), rejected=((batch.events[0], reason),), wait_s=None)

    def _halves(self, batch: Batch) -> tuple[Batch, ...]:
        middle = len(batch.events) // 2
        halves = Batch(batch.events[:middle]), Batch(batch.events[middle:])
        for half in halves:
            half.doubt.tries = PATIENCE
            half.doubt.answered, half.doubt.failed = self._answered, self._failed
        return halves

    def split(self, batch: Batch) -> tuple[Batch, ...]:
        """Return the halves of a batch that fails with nothing else to try; or itself.

        Once on suspicion, later only when something else was delivered meanwhile.
        """
        doubt = batch.doubt
        suspicious = doubt.tries == PATIENCE or doubt.alone > 0
        return self._halves(batch) if len(batch.events) > 1 and suspicious else (batch,)
