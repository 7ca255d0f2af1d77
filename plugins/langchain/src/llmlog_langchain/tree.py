"""The runs that are going on, and the places of those that were."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from llmlog import Call, Logger
from llmlog.bridging import Span, current_span, enter, id_text, leave, new_id

_REMEMBERED = 10_000
_LOW_BITS = (1 << 64) - 1
_SORTABLE = 7


class Tree:
    """Calls by the ids of their runs. A run that never ends is given up when too many are open."""

    def __init__(self) -> None:
        self._calls: dict[UUID, Call] = {}
        self._places: dict[UUID, Span] = {}
        self._asking: dict[UUID, Any] = {}

    def open(self, logger: Logger, run_id: UUID, parent_id: UUID | None, fields: Any) -> Call:
        """Begin the call of a run, under its parent's or else under the call around."""
        place = self._places.get(parent_id) if parent_id else None
        token = current_span.set(place or current_span.get())
        try:
            call = logger.call(id=_id(run_id), **fields)
        finally:
            current_span.reset(token)
        _limited(self._places)[run_id] = call.span
        _limited(self._calls)[run_id] = call
        return call

    def get(self, run_id: UUID) -> Call | None:
        """Return the call of a run that is going on."""
        return self._calls.get(run_id)

    def close(self, run_id: UUID) -> Call | None:
        """Return the call of a run, and know it no longer."""
        self.answers(run_id)
        return self._calls.pop(run_id, None)

    def asks(self, run_id: UUID, call: Call) -> None:
        """Know that what a client is asked now is part of this run of a model."""
        _limited(self._asking)[run_id] = enter(call)

    def answers(self, run_id: UUID) -> None:
        """Know that the client has been asked: what comes now may be another call."""
        token = self._asking.pop(run_id, None)
        if token is not None:
            leave(token)


def _limited(known: dict[UUID, Any]) -> dict[UUID, Any]:
    while len(known) >= _REMEMBERED:
        oldest = known.pop(next(iter(known)))
        if isinstance(oldest, Call):
            oldest.abort()
    return known


def _id(run_id: UUID) -> str:
    """Return the id of the record: the run's, or, where that does not sort by time, its half."""
    if run_id.version == _SORTABLE:
        return str(run_id)
    return id_text((new_id() & ~_LOW_BITS) | (run_id.int & _LOW_BITS))
