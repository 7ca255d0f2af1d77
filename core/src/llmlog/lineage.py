"""The calls above a call, for backends that build trees of the records' own ids.

All of it is made of what a record says by itself, so that the calls of a trace agree, whichever
process they ran in and whichever of them is sent first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from uuid import UUID

from llmlog.payload import Payload

MS = 1_000_000
_WEEK_NS = 7 * 24 * 3600 * 1000 * MS


def path(payload: Payload) -> list[UUID]:
    """Return the ids of the calls from the outermost one down to this one.

    A trace that came in from another process has a root that is known by the trace id alone. If
    that is a UUIDv7 of about the same time, the root is a call of llmlog's, and what is between is
    left out. If not, another tracer made it, and it never arrives where the records go: the
    outermost call that is known is the root.
    """
    known = [UUID(call) for call in (*payload.ancestor_ids, payload.id)]
    root = UUID(payload.trace_id)
    made_ns, first_ns = made_unix_ns(root), made_unix_ns(known[0])
    if payload.parent_span_id is None or root in known or made_ns is None or first_ns is None:
        return known
    return [root, *known] if abs(first_ns - made_ns) < _WEEK_NS else known


def timed(payload: Payload, calls: Sequence[UUID]) -> list[tuple[int, UUID]]:
    """Return calls from the outermost down with the times they were made, which never go back."""
    start_ns = payload.timing.start_unix_ns
    times = accumulate((made_unix_ns(call) or start_ns for call in calls), max)
    return list(zip(times, calls, strict=True))


def made_unix_ns(call: UUID) -> int | None:
    """Return when a UUIDv7 was made, to the millisecond; None for any other id."""
    return (call.int >> 80) * MS if call.version == 7 else None  # noqa: PLR2004
