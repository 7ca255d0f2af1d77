"""Tries are held until the next one ends, or none comes; nothing that is held is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from llmlog import Logger, Timing
from llmlog.clock import Clock
from llmlog.holding import Holding
from llmlog.payload import Payload
from llmlog.testing.records import Records
from llmlog.testing.virtual import VirtualClock


class Released:
    """What was released, and a way to wait for it."""

    def __init__(self) -> None:
        self.tries: list[tuple[str, ...]] = []
        self.came = threading.Event()

    def __call__(self, tries: Sequence[str]) -> None:
        self.tries.append(tuple(tries))
        self.came.set()


@pytest.fixture
def released() -> Released:
    return Released()


@pytest.fixture
def holding() -> Iterator[Holding]:
    made = Holding(Clock())
    yield made
    made.close()


def test_a_try_that_none_follows_is_released_in_time(released: Released) -> None:
    clock = VirtualClock()
    holding = Holding(clock)
    holding.hold(["a"], released, 65.0)
    assert released.came.wait(30)
    assert released.tries == [("a",)]
    assert clock.waits == [65.0]


def test_the_next_try_takes_the_earlier_ones_along(holding: Holding, released: Released) -> None:
    holding.hold(["a", "b"], released, 600.0)
    assert holding.take(lambda tries: tries[-1] == "x") == ()
    assert holding.take(lambda tries: tries[-1] == "b") == ("a", "b")
    assert not holding.has(lambda _: True)
    holding.close()
    assert released.tries == []


def test_a_flush_waits_for_no_try_that_may_come(holding: Holding, released: Released) -> None:
    holding.hold(["a"], released, 600.0)
    holding.hold(["b"], released, 600.0)
    holding.go_on(lambda tries: tries[-1] == "b", 600.0)
    holding.hurry()
    assert released.tries == [("a",)]
    holding.close()
    assert released.tries == [("a",), ("b",)]


def test_what_is_held_too_much_of_is_released_oldest_first(
    holding: Holding, released: Released
) -> None:
    for number in range(1_003):
        holding.hold([str(number)], released, 600.0)
    assert released.tries == [("0",), ("1",), ("2",)]


def test_when_it_is_closed_nothing_is_held(holding: Holding, released: Released) -> None:
    holding.close()
    holding.hold(["a"], released, 600.0)
    assert released.tries == [("a",)]


def test_one_that_cannot_be_released_stands_in_nobodys_way(
    holding: Holding, released: Released
) -> None:
    holding.hold(["a"], lambda _: 1 // 0, 600.0)
    holding.hold(["b"], released, 600.0)
    holding.close()
    assert released.tries == [("b",)]


@pytest.mark.parametrize("end", ["flush", "close"])
def test_a_logger_leaves_nothing_held(end: str) -> None:
    records = Records()
    logger = Logger(plugins=[records], environ={}, file=False)
    payload = Payload(id="01926f4e-7d3a-7abc-8def-0123456789ab", kind="chat", status="failure",
                      trace_id="a" * 32, span_id="b" * 16,
                      timing=Timing(start_unix_ns=1, end_unix_ns=2))  # fmt: skip
    logger.holding.hold([payload], lambda tries: logger.log(tries[-1]), 600.0)
    getattr(logger, end)(5)
    assert [made.id for made in records.all()] == [payload.id]
    logger.close(5)


def test_the_account_is_exact(holding: Holding, released: Released) -> None:
    def broken(_: Sequence[str]) -> None:
        raise ValueError("no")

    assert holding.stats() == ()
    holding.hold(["a"], released, 600.0)
    holding.hold(["b"], released, 600.0)
    holding.hold(["c"], broken, 600.0)
    (before,) = holding.stats()
    assert (before.accepted, before.pending, before.balanced) == (3, 3, True)
    holding.take(lambda tries: tries[-1] == "a")
    (during,) = holding.stats()
    assert (during.delivered, during.pending, during.balanced) == (1, 2, True)
    holding.close()
    (after,) = holding.stats()
    assert (after.delivered, after.dropped, after.pending) == (2, {"failed": 1}, 0)
    assert after.balanced


def test_a_flush_names_what_is_still_held() -> None:
    with Logger(plugins=[], environ={}, file=False) as logger:
        logger.holding.hold(["a"], lambda _: None, 600.0)
        logger.holding.go_on(lambda _: True, 600.0)
        assert logger.flush(1).pending == {"(held)": 1}
    assert logger.stats()[-1].pending == 0
