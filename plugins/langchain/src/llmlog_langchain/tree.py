"""The runs that are going on, and the places of those that were."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from llmlog import Call, Logger
from llmlog.identity import Span
from llmlog.scope import current_span

_REMEMBERED = 10_000
_LOW_BITS = (1 << 64) - 1
_SORTABLE = 7


class Tree:
    """Calls by the ids of their runs. A run that never ends is given up when too many are open."""

    def __init__(self) -> None:
        self._calls: dict[UUID, Call] = {}
        self._places: dict[UUID, Span] = {}

    def open(self, logger: Logger, run_id: UUID, parent_id: UUID | None, fields: Any) -> Call:
        """Begin the call of a run, under its parent's or else under the call around."""
        place = self._places.get(parent_id) if parent_id else None
        token = current_span.set(place or current_span.get())
        try:
            call = logger.call(**fields)
        finally:
            current_span.reset(token)
        _take_id(call, run_id)
        _limited(self._places)[run_id] = call.span
        _limited(self._calls)[run_id] = call
        return call

    def get(self, run_id: UUID) -> Call | None:
        """Return the call of a run that is going on."""
        return self._calls.get(run_id)

    def close(self, run_id: UUID) -> Call | None:
        """Return the call of a run, and know it no longer."""
        return self._calls.pop(run_id, None)


def _limited(known: dict[UUID, Any]) -> dict[UUID, Any]:
    while len(known) >= _REMEMBERED:
        oldest = known.pop(next(iter(known)))
        if isinstance(oldest, Call):
            oldest.abort()
    return known


def _take_id(call: Call, run_id: UUID) -> None:
    """Give the record the run's id, or, where that does not sort by time, its lower half."""
    whole = run_id.version == _SORTABLE
    number = run_id.int if whole else (call._number & ~_LOW_BITS) | (run_id.int & _LOW_BITS)  # noqa: SLF001
    call._number = number  # noqa: SLF001
