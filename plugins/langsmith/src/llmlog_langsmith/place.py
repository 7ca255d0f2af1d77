"""A call's place in LangSmith's tree: trace id, parent run and dotted order.

The server refuses a request in which a root's trace id is not its own id, in which a dotted order
does not begin with the trace id and end with the run's id, or in which its times go backwards. All
of it is therefore made of what a record says by itself, so that the calls of a trace agree,
whichever process they ran in and whichever of them is sent first:

- A run's id is the record's id, and the records above it are known by their ids.
- An id is a UUIDv7: it holds its call's start to the millisecond. That is the time of a run in
  its own dotted order and in those of all runs below it.
- A trace that came in from another process has a root that is known by the trace id alone. If
  that is a UUIDv7 of about the same time, the root is a call of llmlog's, and what is between
  is left out. If not, another tracer made it, and it never arrives here: the outermost call that
  is known is the root, or LangSmith would not list the trace.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import accumulate
from uuid import UUID

from attrs import frozen

from llmlog import Payload

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MS = 1_000_000
_WEEK = 7 * 24 * 3600 * 1000 * _MS


@frozen(kw_only=True)
class Place:
    """What LangSmith wants to know of a run's position. `parent_run_id` is None for a root.

    `start_unix_ns` is the time in the dotted order, if the id was made at the start of the call.
    """

    run_id: str
    trace_id: str
    parent_run_id: str | None
    dotted_order: str
    start_unix_ns: int


def place(payload: Payload, *, nested: bool) -> Place:
    """Return where a call belongs."""
    start_ns = payload.timing.start_unix_ns
    path = _path(payload) if nested else [UUID(payload.id)]
    times = list(accumulate((_made_ns(run_id) or start_ns for run_id in path), max))
    return Place(
        run_id=str(path[-1]),
        trace_id=str(path[0]),
        parent_run_id=str(path[-2]) if len(path) > 1 else None,
        dotted_order=".".join(map(_segment, times, path)),
        start_unix_ns=times[-1] if abs(times[-1] - start_ns) < _MS else start_ns,
    )


def instant(unix_ns: int) -> datetime:
    """Return a time in microseconds, the finest that LangSmith keeps."""
    return _EPOCH + timedelta(microseconds=unix_ns // 1000)


def _path(payload: Payload) -> list[UUID]:
    """Return the runs from the root down to this one."""
    known = [UUID(run_id) for run_id in (*payload.ancestor_ids, payload.id)]
    root = UUID(payload.trace_id)
    made_ns, first_ns = _made_ns(root), _made_ns(known[0])
    if payload.parent_span_id is None or root in known or made_ns is None or first_ns is None:
        return known
    return [root, *known] if abs(first_ns - made_ns) < _WEEK else known


def _made_ns(run_id: UUID) -> int | None:
    """Return when a UUIDv7 was made; None for any other id."""
    return (run_id.int >> 80) * _MS if run_id.version == 7 else None  # noqa: PLR2004


def _segment(unix_ns: int, run_id: UUID) -> str:
    return f"{instant(unix_ns):%Y%m%dT%H%M%S%fZ}{run_id}"
