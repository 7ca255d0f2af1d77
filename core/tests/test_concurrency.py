"""Several requests in flight: faster, and not an event lost, doubled or sent where none may be."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field

from llmlog import ClientExporter, HTTPExporter, Limits, Request, env
from llmlog.clock import Clock
from llmlog.delivery.lane import Lane
from llmlog.delivery.outcome import Delivered, Rejected, Retryable
from llmlog.delivery.queue import Event
from llmlog.delivery.sender import Answer
from llmlog.delivery.shelf import Ticket
from llmlog.delivery.spool import Spool
from llmlog.delivery.spool_file import SpoolFile
from llmlog.delivery.stats import LaneStats
from llmlog.exporter import AT_ONCE
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.schema import to_json
from llmlog.testing import Answer as Reply
from llmlog.testing import ScriptedEndpoint, sample
from llmlog.testing.virtual import VirtualClock

Lanes = Callable[..., Lane]


@define(eq=False)
class Backend:
    """A backend that takes `latency_s` virtual seconds for each request, several at once.

    `answer(number, flying)` says what it answers, None that it takes the request.
    """

    clock: VirtualClock
    latency_s: float = 0.05
    answer: Callable[[int, int], Answer | None] = lambda *_: None
    most: int = 0
    began_s: list[float] = field(factory=list)
    ends_s: list[float] = field(factory=list)
    taken: list[str] = field(factory=list)
    changed: threading.Condition = field(factory=threading.Condition)

    def send(self, batch: Sequence[Payload]) -> Answer:
        with self.changed:
            now_s = self.clock.monotonic_s()
            self.began_s.append(now_s)
            self.ends_s.append(now_s + self.latency_s)
            flying = sum(end_s > now_s for end_s in self.ends_s)
            self.most = max(self.most, flying)
            answer = self.answer(len(self.began_s), flying)
            self.clock.wait(self.changed, self.latency_s)
            if answer is None:
                self.taken += [payload.id for payload in batch]
            return Delivered() if answer is None else answer

    def close(self) -> None:
        """Has nothing to let go of."""


def put(made: Lane, count: int) -> list[str]:
    ids = [str(number) for number in range(count)]
    for name in ids:
        made.put(Event(evolve(sample("bare"), id=name), 100))
    return ids


def test_a_slow_but_healthy_backend_gets_more_at_once(lane: Lanes) -> None:
    clock = VirtualClock()
    backend = Backend(clock)
    made = lane(backend, clock=clock, concurrency=8)
    ids = put(made, 2000)
    assert made.flush(60)
    assert backend.most == 8
    assert Counter(backend.taken) == Counter(ids)
    alone_s = 2000 / 10 * backend.latency_s
    assert clock.monotonic_s() < alone_s / 2
    assert made.stats().balanced


def test_so_does_one_that_answers_for_each_event(lane: Lanes) -> None:
    clock = VirtualClock()
    backend = Backend(clock, answer=lambda *_: [Delivered()] * 10)
    made = lane(backend, clock=clock, concurrency=8)
    put(made, 2000)
    assert made.flush(60)
    assert (backend.most, made.stats().delivered) == (8, 2000)


def test_one_at_once_keeps_the_order(lane: Lanes) -> None:
    clock = VirtualClock()
    backend = Backend(clock)
    made = lane(backend, clock=clock, concurrency=1)
    ids = put(made, 500)
    assert made.flush(60)
    assert (backend.most, backend.taken) == (1, ids)


def test_a_429_lowers_it_and_everyone_waits(lane: Lanes) -> None:
    clock = VirtualClock(patience_s=0.03)
    refused_s: list[float] = []

    def answer(number: int, _: int) -> Answer | None:
        if number != 60:
            return None
        refused_s.append(clock.monotonic_s() + 0.05)
        return Retryable("HTTP 429", 300.0)

    backend = Backend(clock, answer=answer)
    made = lane(backend, clock=clock, concurrency=8)
    ids = put(made, 2000)
    assert made.flush(60)
    assert Counter(backend.taken) == Counter(ids)
    (at_s,) = refused_s
    assert backend.most == 8
    assert not [began for began in backend.began_s if at_s + 5.0 < began < at_s + 300.0]
    after = sorted(began for began in backend.began_s if began >= at_s + 300.0)
    assert after[4] - after[0] >= 0.05  # four at once at most, where there were eight
    assert (made.stats().retried, made.stats().balanced) == (1, True)


def test_where_more_than_three_are_refused_there_are_seldom_more(lane: Lanes) -> None:
    clock = VirtualClock()
    backend = Backend(clock, answer=lambda _, flying: Retryable("HTTP 503") if flying > 3 else None)
    made = lane(backend, clock=clock, concurrency=8)
    ids = put(made, 2000)
    assert made.flush(60)
    assert Counter(backend.taken) == Counter(ids)
    assert made.stats().retried < len(backend.began_s) / 3
    assert backend.most > 2


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_or_doubled_under_faults(lane: Lanes, seed: int) -> None:
    clock, chance = VirtualClock(), random.Random(seed)
    faults: list[Answer | None] = [Retryable("HTTP 503"), Retryable("HTTP 429", 5.0),
                                   Rejected("HTTP 400")]  # fmt: skip
    backend = Backend(
        clock, answer=lambda *_: chance.choice(faults) if chance.random() < 0.2 else None
    )
    made = lane(backend, clock=clock, concurrency=8)
    threads = [threading.Thread(target=lambda own=number: [
        made.put(Event(evolve(sample("bare"), id=f"{own}-{each}"), 100)) for each in range(300)
    ]) for number in range(3)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.flush(60)
    stats = made.stats()
    assert (stats.accepted, stats.pending, stats.balanced) == (900, 0, True)
    assert max(Counter(backend.taken).values()) == 1
    assert (len(backend.taken), stats.delivered + stats.lost) == (stats.delivered, 900)
    assert stats.retried > 5


def test_an_outage_gets_no_more_requests_than_from_one_at_once(lane: Lanes) -> None:
    def requests(concurrency: int) -> int:
        clock = VirtualClock()
        backend = Backend(clock, 0.01, lambda *_: (
            Retryable("HTTP 503") if clock.monotonic_s() < 3600 else None))  # fmt: skip
        made = lane(backend, clock=clock, concurrency=concurrency)
        put(made, 500)
        assert made.flush(60)
        assert len(backend.taken) == 500
        return sum(began < 3600 for began in backend.began_s)

    assert requests(8) <= 1.5 * requests(1) + 8


class Stuck:
    """A backend of which every request hangs, until it is let go."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.sent: list[Sequence[Payload]] = []
        self.slow: set[str] = set()

    def send(self, batch: Sequence[Payload]) -> Answer:
        self.sent.append(batch)
        if self.slow & {payload.id for payload in batch} or not self.slow:
            self.free.wait(30)
        else:
            time.sleep(0.02)
        return Delivered()

    def close(self) -> None:
        """Has nothing to let go of."""


def until(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def widened(lane: Lanes, backend: Any, **changes: Any) -> Lane:
    """Return a lane, in real time, that bears several requests already."""
    made = lane(backend, **{"clock": Clock(), "concurrency": 8, **changes})
    made._crew.restraint.width.limit = 4
    return made


def test_one_that_hangs_holds_up_no_other_and_the_end_keeps_its_time(lane: Lanes) -> None:
    backend = Stuck()
    backend.slow = {"5"}
    made = widened(lane, backend)
    put(made, 200)
    until(lambda: made.stats().delivered == 190)
    assert made.find("5") == ("sending", 1)
    began_s = time.monotonic()
    made.begin_close(began_s + 0.5)
    made.finish_close()
    assert time.monotonic() - began_s < 5
    assert (made.stats().dropped, made.stats().balanced) == ({"shutdown": 10}, True)
    backend.free.set()


def test_the_end_waits_for_what_is_on_its_way(lane: Lanes) -> None:
    backend = Stuck()
    made = widened(lane, backend)
    put(made, 40)
    until(lambda: len(backend.sent) == 4)
    threading.Timer(0.2, backend.free.set).start()
    made.begin_close(time.monotonic() + 20)
    made.finish_close()
    assert (made.stats().delivered, made.stats().lost, made.stats().balanced) == (40, 0, True)


def test_what_is_carried_counts_against_the_bounds(lane: Lanes) -> None:
    from llmlog.delivery.queue import Bounds

    backend = Stuck()
    made = widened(lane, backend, bounds=Bounds(events=30))
    put(made, 200)
    until(lambda: len(backend.sent) >= 2)
    assert made.stats().pending <= 41
    backend.free.set()
    assert made.flush(20)
    assert made.stats().balanced


def test_the_disk_owes_what_came_back_out_of_order(lane: Lanes, tmp_path: Path) -> None:
    clock = Clock()
    spool = Spool(lambda: SpoolFile.create(tmp_path / "spool" / "a.sqlite3", synced=False), clock,
                  limit_bytes=10**8)  # fmt: skip
    backend = Stuck()
    backend.slow = {"15"}
    made = widened(lane, backend)
    for number in range(100):
        payload = evolve(sample("bare"), id=str(number))
        ticket = spool.put(to_json(payload), (made.key,))
        assert isinstance(ticket, Ticket)
        made.put(Event(payload, ticket.size, ticket))
    until(lambda: made.stats().delivered == 90)
    spool.write()
    owed = spool.owed(made.key, 0, 1000)
    assert owed is not None
    batch = next(each for each in backend.sent if "15" in {payload.id for payload in each})
    assert [place.number - 1 for place in owed] == [int(payload.id) for payload in batch]
    backend.free.set()
    assert made.flush(20)
    assert not spool.counts()
    spool.close()


@define(eq=False)
class Client:
    """A client that minds which thread uses it."""

    thread: int = field(factory=threading.get_ident)


@define(eq=False)
class Clients:
    """Counts clients that are open at once."""

    limits: Limits
    open: int = 0
    most: int = 0
    strays: int = 0
    lock: threading.Lock = field(factory=threading.Lock)

    def exporter(self) -> ClientExporter[Any, Client]:
        return ClientExporter(name="example", settings=Nothing, connect=self.connect,
                              send=self.send, close=self.close, limits=self.limits)  # fmt: skip

    def connect(self, _: Nothing) -> Client:
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        return Client()

    def send(self, client: Client, _: Nothing, batch: Sequence[Payload]) -> None:
        self.strays += client.thread != threading.get_ident()
        time.sleep(0.02)

    def close(self, _: Client) -> None:
        with self.lock:
            self.open -= 1


@define
class Nothing:
    """Settings of an exporter that has none."""


@pytest.mark.parametrize(("declared", "wish", "most"), [(None, None, 1), (None, 4, 1), (3, None, 3),
                                                        (3, 2, 2)])  # fmt: skip
def test_a_client_is_one_unless_its_exporter_says_more(
    declared: int | None, wish: int | None, most: int
) -> None:
    clients = Clients(Limits(events=5, age_s=0.01, concurrency=declared))
    options = {} if wish is None else {"concurrency": wish}
    with Logger(plugins=[clients.exporter()], environ={}, file=False,
                plugin={"example": options}) as logger:  # fmt: skip
        for _ in range(400):
            logger.log(sample("bare"))
        assert logger.flush(30).complete
        assert stats_of(logger).delivered == 400
    assert (clients.open, clients.strays) == (0, 0)
    assert clients.most == most


def stats_of(logger: Logger) -> LaneStats:
    return next(stats for stats in logger.stats() if stats.exporter == "example")


@define
class Settings:
    """Settings of an exporter over HTTP."""

    url: str = env("EXAMPLE_URL", help="where to")


def http(**changes: Any) -> HTTPExporter[Settings]:
    return HTTPExporter(
        name="example", settings=Settings, limits=Limits(events=10, age_s=0.05),
        encode=lambda settings, batch: Request.json(settings.url, [each.id for each in batch]),
        **changes,
    )  # fmt: skip


@pytest.mark.parametrize(("changes", "options", "most"), [
    ({}, {}, AT_ONCE), ({}, {"concurrency": 3}, 3), ({}, {"concurrency": 1}, 1),
    ({"takes": "alerts"}, {"takes": "alerts"}, 1),
])  # fmt: skip
def test_the_setting_bounds_requests_over_http(
    changes: dict[str, Any], options: dict[str, Any], most: int
) -> None:
    with Logger(plugins=[http(**changes)], environ={"EXAMPLE_URL": "http://127.0.0.1:1"},
                file=False, plugin={"example": options}) as logger:  # fmt: skip
        (route,) = (each for each in logger.routes if each.name == "example")
        assert route.lane._parts.concurrency == most  # type: ignore[union-attr]


def test_over_http_it_is_much_faster_to_a_backend_that_is_far_away() -> None:
    def drained_s(**options: Any) -> float:
        with (
            ScriptedEndpoint(default=Reply(delay_s=0.05)) as endpoint,
            Logger(plugins=[http()], environ={"EXAMPLE_URL": endpoint.url}, file=False,
                   plugin={"example": options}) as logger,
        ):  # fmt: skip
            began_s = time.monotonic()
            for number in range(600):
                logger.log(evolve(sample("bare"), id=str(number)))
            assert logger.flush(60).complete
            arrived = [name for request in endpoint.requests for name in request.json()]
            assert Counter(arrived) == Counter(map(str, range(600)))
            return time.monotonic() - began_s

    assert drained_s() < drained_s(concurrency=1)
