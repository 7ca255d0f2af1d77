"""Under pressure: texts before records, successes before failures, usage and cost last of all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve

from llmlog.delivery.lane import Lane
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.outcome import Delivered
from llmlog.delivery.queue import Bounds, Event
from llmlog.exporter import Limits
from llmlog.payload import Cost, Error, Payload, Usage
from llmlog.schema import from_json, to_json
from llmlog.testing import sample
from llmlog.weight import rough_size

LONG = 50_000


class Held:
    """A sender that holds the first batch until it is released."""

    def __init__(self) -> None:
        self.began, self.gate = threading.Event(), threading.Event()
        self.taken: list[Payload] = []

    def send(self, batch: Sequence[Payload]) -> Delivered:
        self.began.set()
        self.gate.wait(30)
        self.taken += batch
        return Delivered()

    def close(self) -> None:
        """Nothing is open."""


def record(name: str, *, failed: bool = False, costs: bool = False, text: int = LONG) -> Payload:
    return evolve(
        sample("bare"), id=name, status="failure" if failed else "success",
        input_value="z" * text, usage=Usage(output_tokens=3) if costs else None,
        cost=Cost(total=0.5) if costs else None, metadata={"k": "v"},
        error=Error(type="E", message="why", stacktrace="s" * 3000) if failed else None,
    )  # fmt: skip


class Pressed:
    """A lane whose sender holds one event while others come."""

    def __init__(self, **bounds: Any) -> None:
        self.sender = Held()
        self.lane = Lane(LaneParts(exporter="x", destination="d", bounds=Bounds(**bounds),
                                   limits=Limits(events=1, age_s=0.0),
                                   open_sender=lambda: self.sender))  # fmt: skip
        self.put(record("held"))
        assert self.sender.began.wait(20)

    def put(self, *payloads: Payload) -> None:
        for payload in payloads:
            self.lane.put(Event(payload, rough_size(payload)))

    def outcome(self) -> dict[str, Payload]:
        """Return what was delivered of what came after the held one."""
        self.sender.gate.set()
        assert self.lane.flush(20)
        assert self.lane.stats().balanced
        return {payload.id: payload for payload in self.sender.taken[1:]}


@pytest.fixture
def pressed() -> Callable[..., Pressed]:
    return Pressed


def whole(payloads: dict[str, Payload]) -> set[str]:
    return {name for name, payload in payloads.items() if payload.input_value}


def test_texts_go_before_records(pressed: Callable[..., Pressed]) -> None:
    lane = pressed(bytes=200_000)
    lane.put(*(record(str(number)) for number in range(20)))
    stats = lane.lane.stats()
    outcome = lane.outcome()
    assert len(outcome) == 20
    assert whole(outcome) < set(outcome)
    assert (stats.lost, stats.degraded) == (0, 20 - len(whole(outcome)))
    assert stats.dropped_bytes["degraded"] > stats.degraded * LONG * 0.9
    assert stats.pending_bytes <= 200_000 + LONG + 1_000


def test_a_record_that_lost_its_texts_says_so_and_keeps_the_rest(
    pressed: Callable[..., Pressed],
) -> None:
    lane = pressed(bytes=60_000)
    lane.put(record("a", costs=True), record("b", failed=True))
    light = lane.outcome()["a"]
    (change,) = light.changes
    assert (change.path, change.action, change.rule) == ("content", "cut", "pressure")
    assert change.original_size >= LONG
    assert (light.usage, light.cost) == (Usage(output_tokens=3), Cost(total=0.5))
    assert light.metadata == {"k": "v"}
    assert light.input_value is None
    assert from_json(to_json(light)) == light


def test_texts_of_successes_go_before_those_of_failures(pressed: Callable[..., Pressed]) -> None:
    lane = pressed(bytes=140_000)
    lane.put(record("f1", failed=True), record("s1", costs=True), record("s2"))
    lane.put(record("f2", failed=True), record("s3"))
    outcome = lane.outcome()
    assert set(outcome) == {"f1", "f2", "s1", "s2", "s3"}
    assert whole(outcome) == {"f1", "f2"}


def test_records_of_successes_go_before_those_of_failures(pressed: Callable[..., Pressed]) -> None:
    lane = pressed(events=4)
    lane.put(*(record(f"s{number}") for number in range(4)))
    lane.put(*(record(f"f{number}", failed=True) for number in range(3)))
    assert set(lane.outcome()) == {"s3", "f0", "f1", "f2"}


def test_what_carries_usage_or_cost_goes_last_of_all(pressed: Callable[..., Pressed]) -> None:
    lane = pressed(events=3)
    lane.put(record("f", failed=True), record("s"), record("c0", costs=True))
    lane.put(record("c1", costs=True), record("c2", costs=True), record("s2"))
    assert set(lane.outcome()) == {"c0", "c1", "c2"}
    assert lane.lane.stats().dropped == {"queue_full": 3}


@pytest.mark.parametrize(("when_full", "kept"), [("drop_newest", "01"), ("drop_oldest", "45")])
def test_among_equals_the_policy_decides(
    when_full: str, kept: str, pressed: Callable[..., Pressed]
) -> None:
    lane = pressed(events=2, when_full=when_full)
    lane.put(*(record(str(number)) for number in range(6)))
    assert set(lane.outcome()) == set(kept)


def test_one_that_is_larger_than_all_room_takes_nothing_from_others(
    pressed: Callable[..., Pressed],
) -> None:
    lane = pressed(bytes=100_000)
    lane.put(record("a"), record("huge", text=5_000_000))
    outcome = lane.outcome()
    assert set(outcome) == {"a", "huge"}
    assert whole(outcome) == {"a"}


def test_order_stays_whatever_the_worth(pressed: Callable[..., Pressed]) -> None:
    lane = pressed()
    names = [f"{number}" for number in range(40)]
    lane.put(*(record(name, failed=not int(name) % 3, costs=not int(name) % 2, text=9)
               for name in names))  # fmt: skip
    assert list(lane.outcome()) == names
