"""From answers to outcomes: every event gets exactly one, with few requests."""

from __future__ import annotations

import math

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from llmlog.delivery.outcome import (
    MAX_RETRY_AFTER_S,
    Delivered,
    Refused,
    Rejected,
    Retryable,
    TooLarge,
    classify,
    retry_after_s,
)
from llmlog.delivery.queue import Event
from llmlog.delivery.sender import Answer
from llmlog.delivery.settlement import Batch, settle
from llmlog.payload import Payload
from llmlog.testing import sample


def events(count: int) -> tuple[Event, ...]:
    return tuple(Event(evolve(sample("bare"), id=str(number)), 1) for number in range(count))


def run(batch: Batch, answer_to: object) -> tuple[int, list[str], int]:
    """Settle a batch to its end; return deliveries, rejected ids and requests."""
    delivered, rejected, requests = 0, [], 0
    work = [batch]
    while work:
        batch = work.pop(0)
        answer: Answer = Rejected("")
        if not batch.condemned:
            requests += 1
            answer = answer_to([payload.id for payload in batch.portion])  # type: ignore[operator]
        settlement = settle(batch, answer)
        delivered += settlement.delivered
        rejected += [event.payload.id for event, _ in settlement.rejected]
        work = [*settlement.again, *work]
    return delivered, rejected, requests


def rejecting(poison: set[str]) -> object:
    def answer_to(ids: list[str]) -> Answer:
        return Rejected("HTTP 400") if poison & set(ids) else Delivered()

    return answer_to


@pytest.mark.parametrize("size", [1, 2, 3, 8, 100, 1000])
def test_one_poison_event_is_found_with_few_requests(size: int) -> None:
    for poison in {0, size // 2, size - 1}:
        delivered, rejected, requests = run(Batch(events(size)), rejecting({str(poison)}))
        assert (delivered, rejected) == (size - 1, [str(poison)])
        assert requests - 1 <= math.ceil(math.log2(size)) + 1


@given(st.integers(1, 60), st.sets(st.integers(0, 59)))
def test_any_number_of_poison_events_is_found(size: int, numbers: set[int]) -> None:
    poison = {str(number) for number in numbers if number < size}
    delivered, rejected, _ = run(Batch(events(size)), rejecting(poison))
    assert delivered == size - len(poison)
    assert sorted(rejected) == sorted(poison)


@given(st.integers(1, 60), st.integers(1, 10))
def test_what_is_too_large_is_halved_until_it_fits(size: int, most: int) -> None:
    def answer_to(ids: list[str]) -> Answer:
        return TooLarge() if len(ids) > most else Delivered()

    assert run(Batch(events(size)), answer_to)[:2] == (size, [])


def test_an_event_too_large_alone_is_rejected() -> None:
    assert run(Batch(events(1)), lambda _: TooLarge())[1] == ["0"]


def test_outcomes_are_per_event() -> None:
    batch = Batch(events(4))
    outcomes = [Delivered(), Rejected("bad"), Retryable("busy", 3.0), Delivered()]
    settlement = settle(batch, outcomes)
    assert settlement.delivered == 2
    assert [event.payload.id for event, _ in settlement.rejected] == ["1"]
    assert [event.payload.id for event in settlement.again[0].events] == ["2"]
    assert settlement.wait_s == 3.0


def test_events_without_an_outcome_go_again() -> None:
    settlement = settle(Batch(events(3)), [Delivered()])
    assert [event.payload.id for event in settlement.again[0].events] == ["1", "2"]
    assert settlement.wait_s == 0.0


def test_a_refusal_keeps_everything() -> None:
    settlement = settle(Batch(events(3)), Refused("HTTP 401"))
    assert (settlement.delivered, settlement.rejected, settlement.refused) == (0, (), True)
    assert len(settlement.again[0].events) == 3


def test_a_portion_is_the_same_object_at_each_attempt() -> None:
    batch = Batch(events(3))
    assert settle(batch, Retryable("busy")).again == (batch,)
    assert batch.portion is batch.portion
    assert all(isinstance(payload, Payload) for payload in batch.portion)


@pytest.mark.parametrize(("status", "verdict"), [
    (200, Delivered), (202, Delivered), (204, Delivered), (400, Rejected), (409, Rejected),
    (422, Rejected), (413, TooLarge), (401, Refused), (403, Refused), (404, Refused),
    (307, Refused), (408, Retryable), (429, Retryable), (500, Retryable), (503, Retryable),
    (529, Retryable),
])  # fmt: skip
def test_statuses_mean_what_they_say(status: int, verdict: type) -> None:
    assert isinstance(classify(status, {}, 0.0), verdict)


@pytest.mark.parametrize(("value", "seconds"), [
    ("5", 5.0), ("1.5", 1.5), ("-3", 0.0), ("1e9", MAX_RETRY_AFTER_S), ("", None), (None, None),
    ("soon", None), ("nan", None), ("Thu, 01 Jan 1970 00:00:30 GMT", 20.0),
    ("Thu, 01 Jan 1970 00:00:05 GMT", 0.0), ("Thu, 99 Xyz", None),
])  # fmt: skip
def test_retry_after_is_read_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, 10.0) == seconds
