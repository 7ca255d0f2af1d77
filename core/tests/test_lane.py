"""A lane: bounded, patient, and exact in its account."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve

from llmlog.delivery.dead_letter import DeadLetters
from llmlog.delivery.lane import Lane
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.outcome import Delivered, Refused, Rejected, Retryable
from llmlog.delivery.queue import Bounds, Event
from llmlog.delivery.retry import BUDGET, EVERY_S, PER_ANSWER, Backoff, Budget
from llmlog.delivery.sender import Answer
from llmlog.encoding import loads
from llmlog.exporter import Limits
from llmlog.payload import Payload
from llmlog.schema import from_dict
from llmlog.testing import SAMPLES, sample
from llmlog.testing.virtual import VirtualClock, seeded


class Script:
    """A sender that answers as told, then delivers."""

    def __init__(self, *answers: Answer | BaseException | Callable[[], Answer]) -> None:
        self.answers = list(answers)
        self.batches: list[Sequence[Payload]] = []
        self.closed = 0

    def send(self, batch: Sequence[Payload]) -> Answer:
        self.batches.append(batch)
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) else answer

    def close(self) -> None:
        self.closed += 1


class Steady:
    """Chance that always draws the lower end: no waiting between attempts."""

    def uniform(self, low: float, high: float) -> float:
        del high
        return low


def lane(sender: Script, **changes: Any) -> Lane:
    limits = Limits(events=changes.pop("events", 10), age_s=changes.pop("age_s", 0.01))
    parts = LaneParts(exporter="x", destination="d", limits=limits, open_sender=lambda: sender,
                      chance=Steady(), **changes)  # type: ignore[arg-type]  # fmt: skip
    return Lane(parts)


def put(made: Lane, count: int) -> None:
    for number in range(count):
        made.put(Event(sample(list(SAMPLES)[number % len(SAMPLES)]), 100))


def test_events_are_batched_and_delivered() -> None:
    sender = Script()
    made = lane(sender, age_s=30.0)
    put(made, 25)
    assert made.flush(5)
    stats = made.stats()
    assert (stats.accepted, stats.delivered, stats.pending, stats.balanced) == (25, 25, 0, True)
    assert max(map(len, sender.batches)) == 10


def test_a_batch_waits_for_its_age_only() -> None:
    sender = Script()
    made = lane(sender, events=1000)
    put(made, 3)
    deadline = time.monotonic() + 5
    while made.stats().pending and time.monotonic() < deadline:
        time.sleep(0.005)
    assert made.stats().delivered == 3


def test_the_same_portion_is_tried_again() -> None:
    sender = Script(Retryable("busy"), Retryable("busy"))
    made = lane(sender)
    put(made, 1)
    assert made.flush(5)
    first, second, third = sender.batches
    assert first is second is third
    assert made.stats().retried == 2


@pytest.mark.parametrize("fault", [ValueError("x"), SystemExit(1), KeyboardInterrupt(),
                                   MemoryError(), RecursionError()])  # fmt: skip
def test_a_sender_that_raises_anything_ends_nothing(fault: BaseException) -> None:
    sender = Script(fault)
    made = lane(sender, events=1)
    put(made, 3)
    assert made.flush(5)
    stats = made.stats()
    assert (stats.delivered, stats.dropped, stats.balanced) == (2, {"rejected": 1}, True)


@pytest.mark.parametrize("size", [2, 7, 64])
def test_a_sender_that_raises_once_costs_no_event(size: int) -> None:
    sender = Script(SystemExit(1))
    made = lane(sender, events=size, age_s=0.2)
    put(made, size)
    assert made.flush(5)
    assert (made.stats().delivered, made.stats().lost) == (size, 0)


def test_a_sender_that_cannot_be_opened_rejects_what_it_cannot_send() -> None:
    def broken() -> Script:
        raise RuntimeError("no")

    parts = LaneParts(exporter="x", destination="d", limits=Limits(), open_sender=broken)
    made = Lane(parts)
    put(made, 1)
    assert made.flush(5)
    assert made.stats().last_error == "raised RuntimeError: no"


def test_a_full_queue_drops_the_newest_and_counts_it() -> None:
    gate = threading.Event()

    def wait() -> Answer:
        gate.wait(10)
        return Delivered()

    sender = Script(wait)
    made = lane(sender, events=1, bounds=Bounds(events=5))
    put(made, 1)
    while not sender.batches:
        time.sleep(0.001)
    put(made, 8)
    stats = made.stats()
    assert (stats.accepted, stats.pending, stats.dropped) == (9, 6, {"queue_full": 3})
    gate.set()
    assert made.flush(5)
    assert made.stats().delivered == 6


def test_a_full_queue_can_drop_the_oldest() -> None:
    gate = threading.Event()
    sender = Script(lambda: (gate.wait(10), Delivered())[1])
    made = lane(sender, events=1, bounds=Bounds(events=2, when_full="drop_oldest"))
    put(made, 1)
    while not sender.batches:
        time.sleep(0.001)
    for number in range(5):
        made.put(Event(evolve(sample("bare"), id=str(number)), 100))
    gate.set()
    assert made.flush(5)
    assert [batch[0].id for batch in sender.batches[1:]] == ["3", "4"]
    assert made.stats().dropped == {"queue_full": 3}


def test_bytes_are_bounded_too() -> None:
    gate = threading.Event()
    sender = Script(lambda: (gate.wait(10), Delivered())[1])
    made = lane(sender, events=1, bounds=Bounds(bytes=250))
    put(made, 1)
    while not sender.batches:
        time.sleep(0.001)
    put(made, 4)
    assert made.stats().dropped == {"queue_full": 2}
    assert made.stats().pending_bytes == 300
    gate.set()
    assert made.flush(5)


def test_close_delivers_what_is_there_and_is_final() -> None:
    sender = Script()
    made = lane(sender, age_s=60.0)
    put(made, 4)
    made.begin_close(time.monotonic() + 5)
    made.finish_close()
    put(made, 1)
    stats = made.stats()
    assert (stats.delivered, stats.dropped, sender.closed) == (4, {"closed": 1}, 1)
    assert stats.balanced


def test_close_keeps_its_deadline_while_the_backend_is_down() -> None:
    sender = Script(*[Retryable("down", 0.2)] * 1000)
    made = lane(sender)
    put(made, 4)
    began = time.monotonic()
    made.begin_close(began + 0.5)
    made.finish_close()
    assert time.monotonic() - began < 2.0
    stats = made.stats()
    assert (stats.delivered, stats.dropped, stats.balanced) == (0, {"shutdown": 4}, True)


def test_closing_tries_once_more_at_once() -> None:
    sender = Script(Retryable("down", 3600.0))
    made = lane(sender)
    put(made, 1)
    while len(sender.batches) < 1:
        time.sleep(0.001)
    made.begin_close(time.monotonic() + 5)
    made.finish_close()
    assert made.stats().delivered == 1


def test_rejected_events_are_kept_on_disk(tmp_path: Any) -> None:
    sender = Script(Rejected("HTTP 400"))
    made = lane(sender, dead_letters=DeadLetters(tmp_path))
    put(made, 1)
    assert made.flush(5)
    stats = made.stats()
    assert (stats.dead_lettered, stats.lost, stats.balanced) == (1, 0, True)
    path = tmp_path / "dead" / "x.jsonl"
    letter = loads(path.read_text())
    assert (letter["reason"], from_dict(letter["payload"])) == ("HTTP 400", sample())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_disk_that_fails_is_a_counted_drop(tmp_path: Any) -> None:
    (tmp_path / "dead").write_text("in the way")
    made = lane(Script(Rejected("HTTP 400")), dead_letters=DeadLetters(tmp_path))
    put(made, 1)
    assert made.flush(5)
    assert made.stats().dropped == {"rejected": 1}


def test_a_symbolic_link_is_not_followed(tmp_path: Any) -> None:
    (tmp_path / "dead").mkdir()
    target = tmp_path / "target"
    (tmp_path / "dead" / "x.jsonl").symlink_to(target)
    made = lane(Script(Rejected("HTTP 400")), dead_letters=DeadLetters(tmp_path))
    put(made, 1)
    assert made.flush(5)
    assert not target.exists()


def test_many_threads_and_faults_leave_the_account_exact() -> None:
    faults = [Retryable("busy"), Rejected("bad"), ValueError("x"), [Delivered(), Retryable("one")]]
    sender = Script(*(faults * 30))  # type: ignore[arg-type]
    made = lane(sender, events=7, clock=VirtualClock())
    threads = [threading.Thread(target=put, args=(made, 200)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.flush(30)
    stats = made.stats()
    assert stats.accepted == 800
    assert stats.balanced
    assert stats.lost > 0
    assert stats.retried > 0


def test_waits_grow_with_full_jitter_and_respect_the_backend() -> None:
    class Highest:
        def uniform(self, low: float, high: float) -> float:
            del low
            return high

    backoff = Backoff(Highest(), 0.5, 60.0)  # type: ignore[arg-type]
    waits = [backoff.wait_s(attempt, None) for attempt in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[0] <= 1.0
    assert waits[-1] == 60.0
    assert Backoff(Steady(), 0.5, 60.0).wait_s(3, 7.0) == 7.0  # type: ignore[arg-type]


def test_hours_of_outage_are_waited_out_and_the_backends_wish_is_least() -> None:
    clock = VirtualClock()
    busy = [Retryable("HTTP 503")] * 100
    sender = Script(*busy, Retryable("HTTP 429", 3600.0))
    parts = LaneParts(exporter="x", destination="d", limits=Limits(), chance=seeded(),
                      open_sender=lambda: sender, clock=clock)  # fmt: skip
    made = Lane(parts)
    put(made, 2)
    assert made.flush(20)
    assert (made.stats().delivered, made.stats().retried) == (2, 101)
    assert clock.waits[-1] >= 3600.0
    assert max(clock.waits[:-1]) <= 60.0
    assert clock.monotonic_s() > 3600.0 + 600.0


def test_a_backend_that_fails_most_of_the_time_gets_a_fifth_more_requests() -> None:
    clock = VirtualClock()
    sender = Script(*[each for _ in range(300) for each in (Retryable("x"), Delivered())])
    made = Lane(LaneParts(exporter="x", destination="d", limits=Limits(events=1), chance=seeded(),
                          open_sender=lambda: sender, clock=clock))  # fmt: skip
    put(made, 300)
    assert made.flush(60)
    retried, passed_s = made.stats().retried, clock.monotonic_s()
    assert retried == 300
    assert retried <= BUDGET + 300 * PER_ANSWER + passed_s / EVERY_S + 1


def test_an_ordinary_outage_is_within_the_budget() -> None:
    clock = VirtualClock()
    budget = Budget(clock)
    backoff = Backoff(seeded(), 0.5, 60.0)
    for attempt in range(1, 60):
        assert budget.spend_s() == 0.0
        clock.advance(backoff.wait_s(attempt, None))


def test_a_refused_credential_is_tried_again_seldom() -> None:
    clock = VirtualClock()
    sender = Script(*[Refused("HTTP 401")] * 20)
    made = Lane(LaneParts(exporter="x", destination="d", limits=Limits(), chance=seeded(),
                          open_sender=lambda: sender, clock=clock))  # fmt: skip
    put(made, 1)
    assert made.flush(20)
    assert clock.monotonic_s() / 20 > 60.0
