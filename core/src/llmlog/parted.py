"""Batches of which a backend takes only equals at once: those of one hour, or of one day."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from llmlog.delivery.outcome import Delivered, Outcome, Retryable
from llmlog.delivery.sender import Answer
from llmlog.payload import Payload


def in_parts(
    batch: Sequence[Payload],
    key: Callable[[Payload], Hashable],
    send: Callable[[Sequence[Payload]], Answer | None],
) -> Answer:
    """Send the events of each key for themselves, in the order of their first ones.

    It ends at the first part that is not taken. A verdict speaks for the whole batch while nothing
    of it was sent; after that, what is left comes again as a batch of its own, so that no event is
    sent twice.
    """
    outcomes: dict[int, Outcome] = {}
    for part in _parts(batch, key):
        answer = send([batch[number] for number in part])
        if answer is None or isinstance(answer, Delivered):
            outcomes |= dict.fromkeys(part, answer or Delivered())
        elif isinstance(answer, Sequence):
            outcomes |= zip(part, answer, strict=True)
        elif outcomes:
            again = Retryable(answer.reason)
            return [outcomes.get(number, again) for number in range(len(batch))]
        else:
            return answer
    return [outcomes[number] for number in range(len(batch))]


def _parts(batch: Sequence[Payload], key: Callable[[Payload], Hashable]) -> Sequence[Sequence[int]]:
    """Return the places of the events of each key."""
    found: dict[Hashable, list[int]] = {}
    for number, payload in enumerate(batch):
        found.setdefault(key(payload), []).append(number)
    return list(found.values())
