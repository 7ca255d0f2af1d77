"""The dispatcher: one thread, however many callers come first at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from llmlog.dispatcher import Dispatcher, IntakeBounds

BOUNDS = IntakeBounds(events=100_000, bytes=10**9, weigh=lambda _: 1)


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_callers_that_come_first_together_start_one_thread() -> None:
    threads: set[int] = set()
    for _ in range(60):
        mine: set[int] = set()
        made = Dispatcher(lambda _, mine=mine: mine.add(threading.get_ident()), BOUNDS)
        together(made, 6, 40)
        assert made.drain(20)
        stats = made.stats()
        assert (stats.accepted, stats.pending, stats.balanced) == (240, 0, True)
        assert len(mine) == 1
        threads |= mine
        made.close()
    assert threads


def together(made: Dispatcher, callers: int, count: int) -> None:
    barrier = threading.Barrier(callers)

    def work() -> None:
        barrier.wait()
        for number in range(count):
            made.put(number)

    threads = [threading.Thread(target=work) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
