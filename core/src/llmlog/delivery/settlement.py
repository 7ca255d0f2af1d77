"""From a backend's answer to what becomes of each event: pure, so that it can be read and tested.

A rejected batch is bisected to its poison event. When the first half is delivered the poison is
in the second, which need not be sent whole; what was not tried yet follows in one request. That
takes at most log2(n) + 1 further requests for one poison event.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from llmlog.delivery.outcome import Delivered, Outcome, Refused, Rejected, Retryable, TooLarge
from llmlog.delivery.queue import Event
from llmlog.delivery.sender import Answer
from llmlog.payload import Payload


@define(eq=False)
class Doubt:
    """How often a batch failed, how often it alone did, and what had happened until then."""

    tries: int = 0
    alone: int = 0
    answered: int = 0
    failed: int = 0


@frozen(eq=False)
class Batch:
    """Events in work; among the first `suspects` of them there is one that was rejected.

    `size` is what its events weigh together. `full` says that more could not have gone with them.
    """

    events: tuple[Event, ...]
    suspects: int = 0
    doubt: Doubt = field(factory=Doubt)
    full: bool = False
    size: int = field(init=False)
    portion: tuple[Payload, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        count = self.suspects // 2 or len(self.events)
        portion = tuple(event.payload for event in self.events[:count])
        object.__setattr__(self, "portion", portion)
        object.__setattr__(self, "size", sum(event.size for event in self.events))

    @property
    def condemned(self) -> bool:
        """Say whether the first event is the poison, without another request."""
        return self.suspects == 1


@frozen(kw_only=True)
class Settlement:
    """What one answer changes: who is delivered, who is rejected and why, what goes again.

    `wait_s` is None when nothing has to wait, else the least number of seconds that the backend
    asked for. `last` lets other events go before those that go again.
    """

    done: tuple[Event, ...] = ()
    rejected: tuple[tuple[Event, str], ...] = ()
    again: tuple[Batch, ...] = ()
    wait_s: float | None = None
    refused: bool = False
    last: bool = False
    complaint: str | None = None

    @property
    def delivered(self) -> int:
        """Return how many events are delivered."""
        return len(self.done)


def settle(
    batch: Batch, answer: Answer, reason: str = "rejected", *, certain: bool = True
) -> Settlement:
    """Say what an answer to the batch's portion means.

    `reason` is why its suspects are such. When that is not `certain` to be the fault of an event,
    the last suspect is sent once more, alone.
    """
    if batch.condemned:
        return _condemn(batch, reason) if certain else _alone(batch)
    if isinstance(answer, Delivered):
        return _deliver(batch)
    if isinstance(answer, Retryable):
        return Settlement(again=(batch,), wait_s=answer.after_s or 0.0, complaint=answer.reason)
    if isinstance(answer, Refused):
        return Settlement(again=(batch,), wait_s=0.0, refused=True, complaint=answer.reason)
    if isinstance(answer, TooLarge):
        return _halve(batch, answer.reason)
    if isinstance(answer, Rejected):
        return _suspect(batch, answer.reason)
    return _settle_each(batch, answer)


def _condemn(batch: Batch, reason: str) -> Settlement:
    return Settlement(
        rejected=((batch.events[0], reason),), again=_batches(batch.events[1:]), complaint=reason
    )


def _alone(batch: Batch) -> Settlement:
    return Settlement(again=_batches(batch.events[:1]) + _batches(batch.events[1:]))


def _deliver(batch: Batch) -> Settlement:
    sent = len(batch.portion)
    return Settlement(
        done=batch.events[:sent],
        again=_batches(batch.events[sent:], max(0, batch.suspects - sent)),
    )


def _halve(batch: Batch, reason: str) -> Settlement:
    sent = len(batch.portion)
    if sent == 1:
        return _condemn(batch, reason)
    middle = sent // 2
    return Settlement(
        again=_batches(batch.events[:middle]) + _batches(batch.events[middle:]), complaint=reason
    )


def _suspect(batch: Batch, reason: str) -> Settlement:
    sent = len(batch.portion)
    if sent == 1:
        return _condemn(batch, reason)
    return Settlement(again=_batches(batch.events, sent), complaint=reason)


def _settle_each(batch: Batch, outcomes: Sequence[Outcome]) -> Settlement:
    sent = len(batch.portion)
    pairs = list(zip(batch.events[:sent], outcomes, strict=False))
    retryable = [(event, outcome) for event, outcome in pairs if isinstance(outcome, Retryable)]
    again = (*(event for event, _ in retryable), *batch.events[len(pairs) : sent])
    rest = batch.events[sent:]
    waits = [outcome.after_s or 0.0 for _, outcome in retryable]
    complaints = [outcome.reason for _, outcome in pairs if not isinstance(outcome, Delivered)]
    return Settlement(
        done=tuple(event for event, outcome in pairs if isinstance(outcome, Delivered)),
        rejected=tuple((event, o.reason) for event, o in pairs if isinstance(o, Rejected)),
        again=_batches(again) + _batches(rest),
        wait_s=max(waits, default=0.0) if again else None,
        complaint=complaints[0] if complaints else None,
    )


def _batches(events: tuple[Event, ...], suspects: int = 0) -> tuple[Batch, ...]:
    return (Batch(events, suspects),) if events else ()
