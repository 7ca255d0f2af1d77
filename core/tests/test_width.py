"""How many requests may be in flight: found by simulation, in virtual time, by a seed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

import pytest
from attrs import define, field

from llmlog.delivery.width import Flight, Width
from llmlog.testing.virtual import VirtualClock


@define
class Simulation:
    """A lane with work without end, and a backend that says how long a request takes.

    `latency(flying, now)` is in seconds, None for a request that fails after 50 ms.
    """

    latency: Callable[[int, float], float | None]
    most: int = 8
    clock: VirtualClock = field(factory=VirtualClock)
    delivered: int = 0
    limits: list[int] = field(factory=list)

    def run(self, seconds: float) -> Simulation:
        width, flying = Width(self.most, self.clock), list[tuple[float, int, Flight, bool]]()
        while self.clock.monotonic_s() < seconds:
            while len(flying) < width.limit:
                flight = width.begin()
                takes_s = self.latency(len(flying) + 1, flight.began_s)
                end_s = flight.began_s + (takes_s or 0.05)
                heapq.heappush(flying, (end_s, flight.number, flight, takes_s is None))
            end_s, _, flight, failed = heapq.heappop(flying)
            self.clock.advance(max(0.0, end_s - self.clock.monotonic_s()))
            if failed:
                width.failed(flight)
            else:
                width.answered(flight, alike=True)
                self.delivered += 1
            self.limits.append(width.limit)
        return self

    @property
    def usual(self) -> float:
        late = self.limits[len(self.limits) // 2 :]
        return sum(late) / len(late)


def test_it_rises_to_the_most_while_a_slow_backend_is_well() -> None:
    made = Simulation(lambda *_: 1.0).run(60)
    assert made.limits[-1] == 8
    assert made.delivered > 60 * 6


def test_it_never_leaves_its_bounds() -> None:
    chance = random.Random(3)
    made = Simulation(lambda *_: chance.uniform(0, 0.2) if chance.random() < 0.9 else None, 5)
    made.run(300)
    assert set(made.limits) == {1, 2, 3, 4, 5}


def test_one_is_one() -> None:
    assert set(Simulation(lambda *_: 0.05, 1).run(20).limits) == {1}


def test_it_stays_low_where_requests_wait_for_each_other() -> None:
    made = Simulation(lambda flying, _: 0.05 * flying).run(60)
    assert made.usual < 4


def test_it_finds_how_many_a_backend_works_on_at_once() -> None:
    made = Simulation(lambda flying, _: 0.05 * max(1.0, flying / 4), most=32).run(60)
    assert 3 < made.usual < 9
    assert made.delivered / 60 > 0.9 * 80


def test_it_stays_where_more_are_refused() -> None:
    made = Simulation(lambda flying, _: 0.05 if flying <= 4 else None).run(60)
    assert 2 <= made.usual <= 6


def test_a_jitter_does_not_keep_it_down() -> None:
    chance = random.Random(1)
    assert Simulation(lambda *_: chance.uniform(0.025, 0.075)).run(60).usual > 5


def test_it_learns_a_backend_that_is_slower_today() -> None:
    made = Simulation(lambda _, now_s: 0.05 if now_s < 30 else 0.2).run(120)
    assert made.usual > 6


@pytest.mark.parametrize("flying", [2, 5, 8])
def test_requests_that_fail_together_halve_it_once(flying: int) -> None:
    clock = VirtualClock()
    width = Width(8, clock)
    while width.limit < 8:
        flight = width.begin()
        clock.advance(0.05)
        width.answered(flight, alike=True)
    flights = [width.begin() for _ in range(flying)]
    clock.advance(0.05)
    for flight in flights:
        width.failed(flight)
    assert width.limit == 4
