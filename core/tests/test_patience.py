"""Hooks have a bounded time, and what hangs lets nothing pass."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

import llmlog
from llmlog.logger import Logger
from llmlog.patience import MOST_STUCK, OutOfTime, Patient
from llmlog.payload import Cost, Payload
from llmlog.schema import to_json
from llmlog.testing import SAMPLES, sample
from llmlog.testing.canary import CANARY
from llmlog.testing.contract.canary import with_canary
from llmlog.testing.contract.manners import wait_until
from llmlog.testing.records import Records

Make = Callable[..., Logger]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Return what hanging hooks wait for; it is open at the end."""
    event = threading.Event()
    yield event
    event.set()


class Hanging:
    """A redactor that hangs on payloads named so."""

    name = "hanging"

    def __init__(self, gate: threading.Event) -> None:
        self.gate = gate

    @llmlog.hookimpl
    def redact(self, payload: Payload) -> Payload:
        if payload.name == "hang":
            self.gate.wait()
        return evolve(payload, name="seen")


class Asleep:
    name = "asleep"

    @llmlog.hookimpl
    async def redact(self, payload: Payload) -> Payload:
        await asyncio.sleep(600 if payload.name == "hang" else 0)
        return evolve(payload, name="seen")


def records_of(make_logger: Make, hook: object, *payloads: Payload, **core: Any) -> list[Payload]:
    records = Records()
    logger = make_logger(hook, records, **{"redact_timeout_s": 0.1, **core})
    for payload in payloads:
        logger.log(payload)
    assert logger.flush(30).complete
    return records.all()


@pytest.mark.parametrize("kind", ["hanging", "asleep"])
def test_a_hook_that_hangs_hides_the_content_and_the_next_record_follows(
    make_logger: Make, gate: threading.Event, kind: str
) -> None:
    hook = Hanging(gate) if kind == "hanging" else Asleep()
    marked = evolve(with_canary(sample("failure")), metadata={"note": CANARY}, name="hang")
    first, second = records_of(make_logger, hook, marked, sample("chat"))
    assert CANARY.encode() not in to_json(first)
    assert first.usage == marked.usage
    assert any(change.rule == f"redact hook of {kind} failed" for change in first.changes)
    assert second.name == "seen"
    assert second.input_messages == sample("chat").input_messages


def test_hooks_that_hang_take_no_more_than_a_few_threads(
    make_logger: Make, gate: threading.Event
) -> None:
    before = threading.active_count()
    hang = evolve(with_canary(sample("chat")), name="hang")
    found = records_of(make_logger, Hanging(gate), *[hang] * 10, sample("chat"))
    assert threading.active_count() - before <= MOST_STUCK + 4
    assert len(found) == 11
    assert all(CANARY.encode() not in to_json(payload) for payload in found)
    assert found[-1].name != "seen"


def test_a_hook_that_comes_back_is_asked_again(gate: threading.Event) -> None:
    patient = Patient(lambda wait: gate.wait() if wait else "said", 0.05)
    for _ in range(MOST_STUCK):
        with pytest.raises(OutOfTime, match="took longer"):
            patient(True)
    with pytest.raises(OutOfTime, match="hang"):
        patient(False)
    gate.set()
    wait_until(lambda: _said(patient) == "said")


def _said(patient: Patient) -> Any:
    try:
        return patient(False)
    except OutOfTime:
        return None


def test_a_hook_in_time_is_as_it_was() -> None:
    patient = Patient(lambda value: value * 2, 30.0)
    assert [patient(number) for number in range(100)] == list(range(0, 200, 2))

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Patient(fail, 30.0)()


def test_many_callers_do_not_wait_for_each_other(gate: threading.Event) -> None:
    meeting = threading.Barrier(8, timeout=30)
    patient = Patient(meeting.wait, 30.0)
    callers = [threading.Thread(target=patient) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert not meeting.broken


# Opt-outs and sampling.


@pytest.mark.parametrize("without", ["records", ["records"], ("records", "other")])
def test_a_call_may_leave_a_plugin_out(make_logger: Make, without: Any) -> None:
    records = Records()
    logger = make_logger(records)
    with logger.call(without=without):
        pass
    with logger.call(name="kept", without="rec"):
        pass
    assert logger.flush(20).complete
    assert [payload.name for payload in records.all()] == ["kept"]


def test_slow_and_dear_calls_are_kept_and_totals_stay_true(make_logger: Make) -> None:
    records = Records()
    options = {"sample": 0.25, "keep_slower_s": 2.0, "keep_dearer": 0.5}
    logger = make_logger(records, plugin={"records": options})
    chat, count = sample("chat"), 4_000
    slow = evolve(
        chat, timing=evolve(chat.timing, end_unix_ns=chat.timing.start_unix_ns + 3 * 10**9)
    )
    dear = evolve(chat, cost=Cost(total=0.6))
    for number in range(count):
        trace = f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}"
        for payload in (chat, slow, dear):
            logger.log(evolve(payload, trace_id=trace))
    assert logger.flush(60).complete
    found = records.all()
    assert sum(payload.timing.duration_ns > 2 * 10**9 for payload in found) == count
    assert sum(payload.cost == dear.cost for payload in found) == count
    total = sum(payload.sample_weight or 1.0 for payload in found)
    assert abs(total - 3 * count) < 0.1 * count


def test_failures_have_the_weight_of_one(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, plugin={"records": {"sample": 0.0}})
    for name in SAMPLES:
        logger.log(sample(name))
    assert logger.flush(20).complete
    assert records.all()
    assert all(payload.failed and payload.sample_weight is None for payload in records.all())
