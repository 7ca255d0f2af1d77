"""One of forty exporters misbehaves: the others deliver everything."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve, frozen

from llmlog import ClientExporter, Limits
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.testing import sample

OTHERS = 39
EVENTS = 200


@frozen
class Nothing:
    """Settings of an exporter that has none."""


class Bad:
    """A client that does as its name says, until it is released."""

    def __init__(self, manner: str) -> None:
        self.manner = manner
        self.released = threading.Event()
        self.happened = 0
        self.leaked: list[Any] = []

    def send(self, *_: Any) -> None:
        self.happened += 1
        getattr(self, self.manner)()

    def raising(self) -> None:
        raise SystemExit

    def hanging(self) -> None:
        self.released.wait(120)

    def slow(self) -> None:
        self.released.wait(0.5)

    def leaking(self) -> None:
        thread = threading.Thread(target=self.released.wait, args=(120,), daemon=True)
        thread.start()
        self.leaked.append((thread, bytearray(100_000), os.open(os.devnull, os.O_RDONLY)))

    def connecting(self, *_: Any) -> None:
        self.happened += 1
        self.released.wait(120)

    def release(self) -> None:
        self.released.set()
        for _, _, descriptor in self.leaked:
            os.close(descriptor)


def client(name: str, send: Callable[..., Any], connect: Callable[..., Any] = bool) -> Any:
    return ClientExporter(name=name, settings=Nothing, connect=connect, send=send,
                          limits=Limits(events=10, age_s=0.01))  # fmt: skip


@pytest.mark.parametrize("manner", ["raising", "hanging", "slow", "leaking", "connecting"])
def test_thirty_nine_others_lose_nothing(manner: str) -> None:
    bad = Bad(manner)
    arrived: dict[str, Counter[str]] = {f"good{number}": Counter() for number in range(OTHERS)}

    def taker(name: str) -> Callable[..., None]:
        def send(_: Any, __: Any, batch: Sequence[Payload]) -> None:
            arrived[name].update(payload.id for payload in batch)

        return send

    wrong = (
        client("bad", bad.send, bad.connecting) if manner == "connecting" else
        client("bad", bad.send)
    )  # fmt: skip
    logger = Logger(plugins=[wrong, *(client(name, taker(name)) for name in arrived)],
                    environ={}, file=False)  # fmt: skip
    ids = [str(number) for number in range(EVENTS)]
    for name in ids:
        logger.log(evolve(sample("bare"), id=name))
    stats = settled(logger, set(arrived))
    bad.release()
    logger.close(5)
    assert bad.happened
    assert all(taken == Counter(ids) for taken in arrived.values())
    assert {stats[name].delivered for name in arrived} == {EVENTS}
    assert sum(stats[name].lost + stats[name].retried for name in arrived) == 0
    assert all(each.balanced for each in logger.stats())


def settled(logger: Logger, names: set[str]) -> dict[str, Any]:
    """Wait until these exporters owe nothing."""
    end_s = time.monotonic() + 120
    while time.monotonic() < end_s:
        report = logger.flush(0.1)
        if not {*names, "(intake)"} & set(report.pending):
            return {each.exporter: each for each in logger.stats()}
    pytest.fail(f"still pending: {report.pending}")
