"""What is put before the dispatcher, and how much of it may wait there."""

from __future__ import annotations

from collections.abc import Callable

from llmlog.configuration import CoreSettings
from llmlog.dispatcher import IntakeBounds
from llmlog.handle import Call
from llmlog.payload import Payload
from llmlog.spooling import Deliveries
from llmlog.weight import rough_size, weight

Finished = Call | Payload | Callable[[], Payload]


def bounds_of(settings: CoreSettings) -> IntakeBounds:
    """Return how many calls may wait, and about how many bytes of them."""
    return IntakeBounds(events=settings.intake, bytes=settings.intake_bytes, weigh=_weigh)


def _weigh(item: Finished | Deliveries) -> int:
    if isinstance(item, Payload):
        return rough_size(item)
    if isinstance(item, list):
        return sum(event.size for _, event in item)
    return weight(item.held) if isinstance(item, Call) else 0
