"""Runs of the real core under seeded faults: nothing lost, nothing invented, every account exact.

`LLMLOG_NIGHTLY=1` makes 500 runs and more than a million events of it. Each run shows that its
faults really happened.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field, frozen

from llmlog import ClientExporter, HTTPExporter, Limits, Request, env
from llmlog.delivery.outcome import Delivered, Outcome, Rejected, Retryable, TooLarge, Verdict
from llmlog.delivery.stats import LaneStats
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.testing import SAMPLES, Answer, FaultProxy, ScriptedEndpoint, sample
from llmlog.testing.proxy import FAULTS, at_random
from llmlog.testing.virtual import VirtualClock

NIGHTLY = bool(os.environ.get("LLMLOG_NIGHTLY"))
RUNS = 500 if NIGHTLY else 12
EVENTS = 700 if NIGHTLY else 250
NAMES = ("alpha", "beta", "gamma")
MODES = ("memory", "spool", "strict")


@frozen
class Nothing:
    """Settings of an exporter that has none."""


@define
class Backend:
    """A backend in memory that misbehaves by chance, and remembers what it took."""

    chance: random.Random
    faulty: bool = True
    taken: Counter[str] = field(factory=Counter)
    contents: dict[str, Payload] = field(factory=dict)
    happened: Counter[str] = field(factory=Counter)
    lock: threading.Lock = field(factory=threading.Lock)

    def exporter(self, name: str) -> ClientExporter[Nothing, Any]:
        return ClientExporter(
            name=name, settings=Nothing, connect=self.connect, send=self.send,
            limits=Limits(events=self.chance.randrange(1, 40), age_s=0.01,
                          concurrency=self.chance.choice([1, 2, 8])),
        )  # fmt: skip

    def connect(self, _: Nothing) -> Backend:
        if self.faulty and self.chance.random() < 0.1:
            self.happened["connect"] += 1
            raise ValueError("no way")
        return self

    def take(self, payloads: Sequence[Payload]) -> None:
        for payload in payloads:
            self.taken[payload.id] += 1
            self.contents[payload.id] = payload

    def send(self, _: Any, __: Nothing, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
        with self.lock:  # it takes one after the other, as a table does
            return self.answer(batch)

    def answer(self, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
        if any(payload.name == "poison" for payload in batch):
            self.happened["poison"] += 1
            return Rejected("HTTP 400")
        kind = self.chance.choice(sorted(FAULTS_OF_SENDING)) if self.faulty and (
            self.chance.random() < 0.4) else "well"  # fmt: skip
        self.happened[kind] += 1
        return FAULTS_OF_SENDING.get(kind, _well)(self, batch)


def _well(backend: Backend, batch: Sequence[Payload]) -> Verdict:
    backend.take(batch)
    return Delivered()


def _answer_lost(backend: Backend, batch: Sequence[Payload]) -> Verdict:
    backend.take(batch)
    return Retryable("taken, but the answer was lost")


def _partly(backend: Backend, batch: Sequence[Payload]) -> Sequence[Outcome]:
    taken = [payload for payload in batch if backend.chance.random() < 0.5]
    backend.take(taken)
    return [Delivered() if payload in taken else Retryable("not this one") for payload in batch]


def _short(backend: Backend, batch: Sequence[Payload]) -> Sequence[Outcome]:
    backend.take(batch[:1])
    return [Delivered()]


def _too_large(backend: Backend, batch: Sequence[Payload]) -> Verdict:
    return TooLarge() if len(batch) > 1 else _well(backend, batch)


def _broken(_: Backend, __: Sequence[Payload]) -> Verdict:
    raise ConnectionResetError


FAULTS_OF_SENDING: dict[str, Callable[[Backend, Sequence[Payload]], Any]] = {
    "busy": lambda *_: Retryable("HTTP 503"), "throttled": lambda *_: Retryable("HTTP 429", 30.0),
    "answer lost": _answer_lost, "partly": _partly, "short": _short, "too large": _too_large,
    "broken": _broken,
}  # fmt: skip


@frozen
class Run:
    """One run: what is drawn from its seed, once."""

    seed: int
    directory: Path

    def logger(self, backends: dict[str, Backend], mode: str, clock: VirtualClock) -> Logger:
        chance = random.Random(self.seed)
        bounds = {name: {"queue_events": chance.choice([20, 10_000]),
                         "when_full": chance.choice(["drop_newest", "drop_oldest", "block"])}
                  for name in NAMES}  # fmt: skip
        return Logger(
            plugins=[backend.exporter(name) for name, backend in backends.items()], environ={},
            file=False, plugin=bounds, mode=mode, clock=clock,
            directory=self.directory if mode != "memory" or chance.random() < 0.5 else None,
        )  # fmt: skip

    def payloads(self) -> list[Payload]:
        chance = random.Random(-self.seed)
        kinds = sorted(SAMPLES)
        return [
            evolve(sample(chance.choice(kinds)), id=f"{self.seed}-{number}", sdk_version="0.1.0",
                   name="poison" if chance.random() < 0.01 else "good")
            for number in range(EVENTS)
        ]  # fmt: skip


def log_from_threads(logger: Logger, payloads: list[Payload], count: int) -> None:
    def work(part: list[Payload]) -> None:
        for payload in part:
            logger.log(payload)

    threads = [
        threading.Thread(target=work, args=(payloads[start::count],)) for start in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lanes(logger: Logger) -> Iterator[LaneStats]:
    return (stats for stats in logger.stats() if stats.exporter in NAMES)


@pytest.mark.parametrize("seed", range(RUNS))
def test_every_account_is_exact_under_faults(seed: int, tmp_path: Path) -> None:
    run, mode = Run(seed, tmp_path), MODES[seed % len(MODES)]
    backends = {name: Backend(random.Random(f"{seed}{name}")) for name in NAMES}
    payloads = run.payloads()
    sent = {payload.id: payload for payload in payloads}
    logger = run.logger(backends, mode, VirtualClock())
    log_from_threads(logger, payloads, random.Random(seed).randrange(1, 5))
    restarted = mode != "memory" and seed % 2 == 0
    if not restarted:
        assert logger.flush(120).complete
    logger.close(20)
    first = {stats.exporter: stats for stats in lanes(logger)}
    second = finished(run, backends, mode) if restarted else {}
    for name, backend in backends.items():
        check(first[name], second.get(name), backend, sent)
    happened = sum((backend.happened for backend in backends.values()), Counter())
    assert happened["well"]
    assert sum(happened[kind] for kind in FAULTS_OF_SENDING) > 0


def finished(run: Run, backends: dict[str, Backend], mode: str) -> dict[str, LaneStats]:
    """Let the next process deliver what the first one left; the backends are well again."""
    for backend in backends.values():
        backend.faulty = False
    logger = run.logger(backends, mode, VirtualClock())
    logger.adopt()
    assert logger.flush(120).complete
    logger.close(5)
    assert not list((run.directory / "spool").glob("*.sqlite3"))
    return {stats.exporter: stats for stats in lanes(logger)}


def check(
    first: LaneStats, second: LaneStats | None, backend: Backend, sent: dict[str, Payload]
) -> None:
    assert first.balanced
    assert first.accepted == len(sent)
    assert set(backend.taken) <= set(sent)
    assert all(backend.contents[name] == sent[name] for name in backend.taken)
    poison = {name for name, payload in sent.items() if payload.name == "poison"}
    assert not poison & set(backend.taken)
    if second is None:
        assert first.pending == 0
        rejected = first.dead_lettered + first.dropped.get("rejected", 0)
        assert rejected <= len(poison)
        assert first.delivered <= len(backend.taken) <= first.accepted - rejected
    else:
        assert (second.accepted, second.pending, second.lost) == (first.pending, 0, 0)
        assert second.balanced
        settled = first.delivered + second.delivered
        assert first.accepted == settled + first.dead_lettered + second.dead_lettered + first.lost
        assert settled >= len(backend.taken) - first.lost


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")


@pytest.mark.parametrize("seed", range(40 if NIGHTLY else 3))
def test_a_spoiled_network_costs_nothing(seed: int, tmp_path: Path) -> None:
    exporter = HTTPExporter(
        name="example", settings=Settings, limits=Limits(events=7, age_s=0.01, timeout_s=0.6),
        encode=lambda settings, batch: Request.json(settings.url, [p.id for p in batch]),
    )  # fmt: skip
    ids = [f"{seed}-{number}" for number in range(140)]
    with (
        ScriptedEndpoint(default=Answer(headers={"connection": "close"})) as endpoint,
        FaultProxy(endpoint.url, default=at_random(seed, 0.4)) as proxy,
        Logger(plugins=[exporter], environ={"EXAMPLE_URL": proxy.url}, file=False,
               mode=MODES[seed % 3], directory=tmp_path) as logger,
    ):  # fmt: skip
        for name in ids:
            logger.log(evolve(sample("bare"), id=name))
        end_s = time.monotonic() + 120
        while not logger.flush(1).complete:
            assert time.monotonic() < end_s
        stats = logger.stats()[1]
    arrived = Counter(name for request in endpoint.requests for name in request.json())
    assert set(arrived) == set(ids)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(ids), 0, True)
    assert sum(proxy.happened[fault.name] for fault in FAULTS) >= 3
