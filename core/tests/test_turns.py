"""A fault of one batch holds up no other, and a fault of the backend rejects no one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from llmlog.delivery.breaker import FAILURES, Breaker
from llmlog.delivery.lane import Lane
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.outcome import Delivered, Retryable
from llmlog.delivery.queue import Event
from llmlog.delivery.sender import Answer
from llmlog.exporter import Limits
from llmlog.payload import Payload
from llmlog.testing import sample
from llmlog.testing.virtual import VirtualClock, seeded

Lanes = Callable[..., Lane]


class Backend:
    """A sender whose answer depends on what it is given."""

    def __init__(self, answer: Callable[[list[str]], Answer]) -> None:
        self._answer = answer
        self.requests: list[tuple[float, list[str]]] = []

    def send(self, batch: Sequence[Payload]) -> Answer:
        ids = [payload.id for payload in batch]
        self.requests.append((time.monotonic(), ids))
        return self._answer(ids)

    def close(self) -> None:
        """Has nothing to let go of."""


def failing(*poison: str) -> Callable[[list[str]], Answer]:
    return lambda ids: Retryable("HTTP 500") if set(ids) & set(poison) else Delivered()


def put(made: Lane, count: int) -> None:
    for number in range(count):
        made.put(Event(evolve(sample("bare"), id=str(number)), 100))


@pytest.mark.parametrize("poison", ["0", "57", "199"])
def test_an_event_that_fails_alone_holds_up_no_other(lane: Lanes, poison: str) -> None:
    backend = Backend(failing(poison))
    made = lane(backend)
    put(made, 200)
    deadline = time.monotonic() + 30
    while made.stats().delivered < 199 and time.monotonic() < deadline:
        put_more(made)
    stats = made.stats()
    assert stats.delivered >= 199
    assert stats.balanced


def put_more(made: Lane) -> None:
    """Let other events come, as they do while an application runs."""
    made.put(Event(evolve(sample("bare"), id=f"more-{time.monotonic_ns()}"), 100))
    time.sleep(0.005)


def test_it_is_rejected_when_only_it_failed_again_and_again(lane: Lanes) -> None:
    backend = Backend(failing("7"))
    made = lane(backend)
    put(made, 100)
    deadline = time.monotonic() + 30
    while not made.stats().dropped and time.monotonic() < deadline:
        put_more(made)
    assert made.flush(10)
    stats = made.stats()
    assert (dict(stats.dropped), stats.balanced) == ({"rejected": 1}, True)
    assert stats.accepted == stats.delivered + 1
    assert "failed alone" in (stats.last_error or "") or "500" in (stats.last_error or "")
    assert sum("7" in ids for _, ids in backend.requests) < 40


def test_a_lone_batch_is_halved_to_save_the_rest_of_it(lane: Lanes) -> None:
    backend = Backend(failing("3"))
    made = lane(backend)
    put(made, 8)
    deadline = time.monotonic() + 30
    while made.stats().delivered < 7 and time.monotonic() < deadline:
        time.sleep(0.002)
    assert made.stats().delivered == 7


def test_an_outage_of_hours_rejects_nothing(lane: Lanes) -> None:
    clock = VirtualClock()
    backend = Backend(
        lambda _: Retryable("HTTP 503") if clock.monotonic_s() < 20_000 else Delivered()
    )
    made = lane(backend, clock=clock)
    put(made, 95)
    assert made.flush(60)
    stats = made.stats()
    assert (stats.delivered, stats.lost) == (95, 0)
    assert stats.retried > 300


@pytest.mark.parametrize("seed", range(5))
def test_a_backend_that_fails_half_of_the_time_rejects_nothing(lane: Lanes, seed: int) -> None:
    chance = random.Random(seed)
    backend = Backend(lambda _: Retryable("HTTP 503") if chance.random() < 0.5 else Delivered())
    made = lane(backend, chance=seeded(seed))
    put(made, 600)
    assert made.flush(60)
    stats = made.stats()
    assert (stats.delivered, stats.lost, stats.balanced) == (600, 0, True)
    assert stats.retried > 10


def breaker(directory: Path, clock: VirtualClock, seed: int = 0) -> Breaker:
    return Breaker(directory, "x/d", clock=clock, chance=seeded(seed), probe_s=11.0)


def test_one_probe_is_sent_when_the_time_is_over(tmp_path: Path) -> None:
    clock = VirtualClock()
    one, other = breaker(tmp_path, clock), breaker(tmp_path, clock)
    for _ in range(FAILURES):
        assert other.wait_s() == 0
        one.failed(0.0)
    assert min(one.wait_s(), other.wait_s()) > 0
    clock.advance(0.6)
    assert one.wait_s() == 0
    assert other.wait_s() > 0
    one.answered()
    assert one.wait_s() == other.wait_s() == 0


def test_a_breaker_whose_place_cannot_be_read_is_closed(tmp_path: Path) -> None:
    """What it raised would count as a fault of the events, and the second one rejects them."""
    made = breaker(tmp_path / ("x" * 300), VirtualClock())
    made.failed(5.0)
    assert made.wait_s() == 0
    made.reset()


def test_a_probe_that_never_comes_back_is_sent_by_another(tmp_path: Path) -> None:
    clock = VirtualClock()
    one, other = breaker(tmp_path, clock), breaker(tmp_path, clock)
    one.failed(5.0)
    clock.advance(5.1)
    assert one.wait_s() == 0
    clock.advance(10.8)
    assert other.wait_s() > 0
    clock.advance(0.3)
    assert other.wait_s() == 0


def test_waits_grow_and_are_bounded(tmp_path: Path) -> None:
    clock = VirtualClock()
    one = breaker(tmp_path, clock)
    waits = []
    for _ in range(20):
        one.failed(0.0)
        began = clock.monotonic_s()
        while left_s := one.wait_s():
            clock.advance(left_s)
        waits.append(clock.monotonic_s() - began)
    assert max(waits[: FAILURES - 1]) == 0
    assert max(waits) <= 60.1
    assert min(waits[-5:]) >= 30


def test_a_clock_that_is_put_back_makes_no_one_wait_longer(tmp_path: Path) -> None:
    clock = VirtualClock()
    one = breaker(tmp_path, clock)
    one.failed(50.0)
    assert one.wait_s() > 0
    clock.advance(-3600.0)
    assert one.wait_s() == 0


@pytest.mark.parametrize("start_s", [0.1, 20_000.3, 1e7])
def test_a_wait_comes_to_its_end_whatever_is_left_of_it(tmp_path: Path, start_s: float) -> None:
    clock = VirtualClock()
    clock.advance(start_s)
    for seed in range(200):
        one = breaker(tmp_path / str(seed), clock, seed)
        one.failed(seeded(seed).uniform(0.01, 3.0))
        looks = 0
        while left_s := one.wait_s():
            clock.advance(left_s)
            looks += 1
        assert looks < 10


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"failures": "x"}', b"\x00" * 100])
def test_a_broken_file_leaves_the_way_open(tmp_path: Path, content: bytes) -> None:
    one = breaker(tmp_path, VirtualClock())
    one.failed(5.0)
    (tmp_path / "breaker" / "x%2Fd.json").write_bytes(content)
    assert one.wait_s() == 0
    one.failed(0.0)


def test_thirty_two_lanes_leave_a_backend_alone_that_said_wait(tmp_path: Path) -> None:
    """Each lane stands for a process: they share nothing but the directory."""
    lock, times = threading.Lock(), []

    def answer(_: list[str]) -> Answer:
        with lock:
            times.append(time.monotonic())
            first = times[0]
        return Retryable("HTTP 429", 2.0) if time.monotonic() < first + 1.9 else Delivered()

    lanes = [Lane(LaneParts(exporter="x", destination="d", limits=Limits(events=10, age_s=0.01),
                            open_sender=lambda: Backend(answer), directory=tmp_path))
             for _ in range(32)]  # fmt: skip
    put(lanes[0], 1)
    while not times:
        time.sleep(0.005)
    time.sleep(0.3)
    for made in lanes[1:]:
        put(made, 1)
    for made in lanes:
        assert made.flush(30)
    assert [each for each in times if each < times[0] + 1.9] == times[:1]
    assert sum(made.stats().delivered for made in lanes) == 32
