"""What is given up first under pressure.

Texts go before records, records of successes before those of failures, and what carries usage or
cost last of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import evolve

from llmlog.delivery.queue import Event
from llmlog.message import JSON, Message
from llmlog.payload import Change, Payload
from llmlog.weight import weight

RANKS: Final = 4
_SMALL: Final = 1_000


def worth(payload: Payload) -> int:
    """Return a record's rank among those that may be dropped, the least worth first."""
    costs = payload.cost is not None and payload.cost.total is not None
    return 2 * (costs or payload.usage is not None) + payload.failed


def lightened(event: Event) -> Event | None:
    """Return the event without its texts and with a note of it; None if that frees nothing.

    What is on disk is whole there and needs no room that others could have.
    """
    if event.ticket is not None:
        return None
    payload = _bare(event.payload)
    size = _SMALL + weight([payload.parameters, payload.metadata, payload.attributes])
    if size >= event.size:
        return None
    change = Change(path="content", action="cut", rule="pressure", original_size=event.size)
    return Event(evolve(payload, changes=(*payload.changes, change)), size)


def _bare(payload: Payload) -> Payload:
    error = payload.error
    return evolve(
        payload, input_messages=(), output_messages=tuple(map(_empty, payload.output_messages)),
        input_value=None, output_value=None, tools=(), parameters=_small(payload.parameters),
        metadata=_small(payload.metadata), attributes=_small(payload.attributes),
        error=error and evolve(error, message=error.message[:_SMALL], stacktrace=None),
        usage=payload.usage and evolve(payload.usage, raw=None),
    )  # fmt: skip


def _empty(message: Message) -> Message:
    """Return what says why the model stopped."""
    return evolve(message, parts=())


def _small(values: Mapping[str, JSON]) -> Mapping[str, JSON]:
    return values if weight(values) <= _SMALL else {}
