"""Sampling by whole traces, decided at their end: all calls of one go, or none."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import llmlog
from llmlog.clock import Clock
from llmlog.identity import id_text, new_id
from llmlog.logger import Logger
from llmlog.open_trace import Held, OpenTraceBounds, OpenTraces
from llmlog.payload import Cost, Payload
from llmlog.redaction import HIDDEN
from llmlog.schema import to_json
from llmlog.testing import sample
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.contract.exporter import BrokenRedactor
from llmlog.testing.contract.manners import wait_until
from llmlog.testing.records import Records

Make = Callable[..., Logger]
IN, OUT = "0" * 31 + "1", "f" * 32
"""Ids of traces that any share draws, and that none does."""


def one(trace: str, *, root: bool = False, kind: str = "chat", **changes: Any) -> Payload:
    """Return a call of a trace."""
    parent = None if root else "b" * 16
    return evolve(
        sample(kind), id=id_text(new_id(0)), trace_id=trace, parent_span_id=parent, **changes
    )


def sampling(make_logger: Make, records: object, share: float = 0.5, **options: Any) -> Logger:
    values = {"sample": share, "sample_traces": True, **options}
    return make_logger(records, plugin={"records": values})


def told(logger: Logger, records: Records, *payloads: Payload) -> list[Payload]:
    """Return what arrived of these calls; their traces are not ended by force."""
    before = len(records._payloads)
    for payload in payloads:
        logger.log(payload)
    assert logger._pipeline._dispatcher.drain(20)
    wait_until(lambda: not logger.stats()[1].pending)
    return records._payloads[before:]


SLOW = evolve(sample().timing, end_unix_ns=sample().timing.start_unix_ns + 9 * 10**9)


@pytest.mark.parametrize("special", [
    {"kind": "failure"}, {"kind": "aborted"}, {"kind": "blocked"}, {"timing": SLOW}, {"cost": Cost(total=3.0)},
])  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_call_that_matters_keeps_its_whole_trace(
    make_logger: Make, special: dict[str, Any], place: int
) -> None:
    records = Records()
    logger = sampling(make_logger, records, keep_slower_s=5.0, keep_dearer=1.0)
    trace = [one(OUT), one(OUT), one(OUT, root=True)]
    trace[place] = one(OUT, root=place == 2, **special)
    assert told(logger, records, *trace[:2]) == []
    found = told(logger, records, trace[2])
    assert [payload.id for payload in found] == [payload.id for payload in trace]
    assert all(payload.sample_weight is None for payload in found)


def test_any_other_trace_is_drawn_as_a_whole(make_logger: Make) -> None:
    records = Records()
    logger = sampling(make_logger, records, 0.25)
    kept = [one(IN), one(IN), one(IN, root=True)]
    left = [one(OUT), one(OUT), one(OUT, root=True)]
    mixed = [each for pair in zip(kept, left, strict=True) for each in pair]
    found = told(logger, records, *mixed)
    assert [payload.id for payload in found] == [payload.id for payload in kept]
    assert {payload.sample_weight for payload in found} == {4.0}


@pytest.mark.parametrize(("trace", "first", "late", "weight"), [
    (IN, "chat", "chat", 2.0), (OUT, "failure", "chat", None), (IN, "chat", "failure", None),
    (OUT, "chat", "failure", None), (OUT, "chat", "chat", "nothing"),
])  # fmt: skip
def test_what_comes_late_follows_the_decision(
    make_logger: Make, trace: str, first: str, late: str, weight: Any
) -> None:
    records = Records()
    logger = sampling(make_logger, records)
    told(logger, records, one(trace, root=True, kind=first))
    found = told(logger, records, one(trace, kind=late))
    assert [payload.sample_weight for payload in found] == ([] if weight == "nothing" else [weight])


def test_weighted_totals_are_true(make_logger: Make) -> None:
    records, chance = Records(), random.Random(7)
    logger = sampling(make_logger, records, 0.2, keep_dearer=0.5)
    true = {"calls": 0, "failed": 0, "money": 0.0}
    for _ in range(2_000):
        trace = f"{chance.getrandbits(128):032x}"
        for number in range(calls := chance.randint(1, 4)):
            kind = "failure" if chance.random() < 0.05 else "chat"
            cost = Cost(total=0.9 if chance.random() < 0.03 else 0.1)
            logger.log(one(trace, root=number == calls - 1, kind=kind, cost=cost))
            true["calls"] += 1
            true["failed"] += kind == "failure"
            true["money"] += cost.total or 0.0
    assert logger.flush(60).complete
    found = records.all()
    weighed = {"calls": 0.0, "failed": 0.0, "money": 0.0}
    for payload in found:
        weight = payload.sample_weight or 1.0
        weighed["calls"] += weight
        weighed["failed"] += weight * payload.failed
        weighed["money"] += weight * ((payload.cost.total if payload.cost else 0.0) or 0.0)
    assert len(found) < 0.5 * true["calls"]
    assert weighed["failed"] == true["failed"]
    for name, expected in true.items():
        assert abs(weighed[name] - expected) < 0.1 * expected, name


def test_no_trace_is_kept_in_part(make_logger: Make) -> None:
    records, chance = Records(), random.Random(8)
    logger = sampling(make_logger, records, 0.3)
    traces = [f"{chance.getrandbits(128):032x}" for _ in range(300)]
    calls = [
        one(trace, kind="failure" if chance.random() < 0.1 else "chat") for trace in traces * 3
    ]
    chance.shuffle(calls)
    for payload in (*calls, *(one(trace, root=True) for trace in traces)):
        logger.log(payload)
    assert logger.flush(60).complete
    counts = dict.fromkeys(traces, 0)
    for payload in records.all():
        counts[payload.trace_id] += 1
    assert set(counts.values()) == {0, 4}


def test_each_destination_decides_for_itself(make_logger: Make) -> None:
    everything, few = Records(), Records()
    logger = make_logger(
        everything, few, plugin={"records-2": {"sample": 0.01, "sample_traces": True}}
    )
    for payload in (one(OUT), one(OUT, root=True), one("e" * 32, root=True, kind="failure")):
        logger.log(payload)
    assert logger.flush(20).complete
    assert (len(everything.all()), len(few.all())) == (3, 1)


def test_a_trace_whose_end_is_elsewhere_is_decided_after_a_while(make_logger: Make) -> None:
    records = Records()
    logger = sampling(make_logger, records, trace_wait_s=0.05)
    logger.log(one(IN))
    logger.log(one(IN))
    wait_until(lambda: len(records._payloads) == 2)


def test_too_many_open_calls_decide_the_oldest_trace(make_logger: Make) -> None:
    records = Records()
    logger = sampling(make_logger, records, trace_events=4)
    traces = [f"{number:032x}" for number in range(10)]
    found = told(logger, records, *map(one, traces))
    assert [payload.trace_id for payload in found] == traces[:6]
    assert logger.flush(20).complete
    assert len(records.all()) == 10


def test_too_many_bytes_decide_the_oldest_trace(make_logger: Make) -> None:
    records = Records()
    logger = sampling(make_logger, records, queue_bytes=100_000)
    big = [one(f"{number:032x}", input_value="x" * 60_000) for number in range(3)]
    found = told(logger, records, *big)
    assert [payload.trace_id for payload in found] == [each.trace_id for each in big[:2]]


@pytest.mark.parametrize("end", ["flush", "close"])
def test_the_end_decides_every_open_trace_and_the_account_is_exact(
    make_logger: Make, end: str
) -> None:
    records = Records()
    logger = sampling(make_logger, records)
    for payload in (one(IN), one(IN), one(OUT), one("e" * 32, kind="failure"), one("e" * 32)):
        logger.log(payload)
    if end == "flush":
        assert logger.flush(20).complete
    else:
        logger.close(20)
    intake, lane = logger.stats()
    assert (intake.accepted, intake.delivered, intake.pending) == (5, 5, 0)
    assert (lane.accepted, lane.delivered, lane.pending, dict(lane.dropped)) == (4, 4, 0, {})
    assert len(records._payloads) == 4


def test_calls_of_a_program_nest_into_one_decision(make_logger: Make) -> None:
    records = Records()
    logger = sampling(make_logger, records, 0.0)
    for fails in (False, True):
        with logger.call(kind="chain", name=f"outer {fails}"):
            with logger.call(name="first") as call:
                call.finish("ok")
            if fails:
                with pytest.raises(ZeroDivisionError), logger.call(name="second"):
                    raise ZeroDivisionError
    assert logger.flush(20).complete
    assert [payload.name for payload in records.all()] == ["first", "second", "outer True"]


def test_what_a_call_asked_to_hide_is_hidden_when_it_goes(make_logger: Make) -> None:
    records = Records()
    logger = sampling(make_logger, records)
    with logger.call(kind="chain") as outer:
        with logger.call(messages=[{"role": "user", "content": CANARY}], content="none") as call:
            call.finish(CANARY)
        outer.fail(ValueError("no"))
    assert logger.flush(20).complete
    inner = records.all()[0]
    assert inner.input_messages[0].text == HIDDEN
    assert CANARY.encode() not in to_json(inner)


def test_a_redactor_that_fails_hides_what_waited(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, BrokenRedactor(), plugin={
        "records": {"sample": 0.5, "sample_traces": True},
    })  # fmt: skip
    for payload in (with_canary(one(IN)), with_canary(one(IN, root=True))):
        logger.log(payload)
    assert logger.flush(20).complete
    found = records.all()
    assert len(found) == 2
    assert not any(CANARY.encode() in to_json(payload) for payload in found)


@pytest.mark.parametrize("mode", ["spool", "strict", "audit"])
def test_what_goes_is_spooled_as_any_record(make_logger: Make, tmp_path: Path, mode: str) -> None:
    records = Records()
    logger = make_logger(records, mode=mode, directory=tmp_path,
                         plugin={"records": {"sample": 0.5, "sample_traces": True}})  # fmt: skip
    for payload in (one(IN), one(OUT), one(OUT, root=True), one(IN, root=True)):
        logger.log(payload)
    assert logger.flush(20).complete
    assert [payload.trace_id for payload in records.all()] == [IN, IN]


@pytest.mark.parametrize("fault", [ValueError, SystemExit, MemoryError])
def test_a_decision_that_fails_keeps_the_trace_under_its_policy(
    make_logger: Make, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    records = Records()
    logger = make_logger(
        records, content="none", plugin={"records": {"sample": 0.5, "sample_traces": True}}
    )

    def broken(*_: Any) -> Any:
        raise fault(CANARY)

    with monkeypatch.context() as patch:
        patch.setattr(OpenTraces, "_verdict", broken)
        found = told(logger, records, with_canary(one(OUT)), with_canary(one(OUT, root=True)))
    assert [payload.trace_id for payload in found] == [OUT, OUT]
    assert not any(CANARY.encode() in to_json(payload) for payload in found)


class Ticking(Clock):
    """A clock that a test moves."""

    now = 0.0

    def monotonic_s(self) -> float:
        return self.now


class TestOpenTraces:
    def made(self, **bounds: Any) -> OpenTraces:
        self.clock = Ticking()
        limits = OpenTraceBounds(**{"wait_s": 10.0, "events": 100, "bytes": 10_000, **bounds})
        return OpenTraces(
            lambda payload: payload.failed, lambda trace: trace == IN, limits, self.clock
        )

    def held(self, payload: Payload) -> Held:
        way: Any = None
        return Held(way, payload, None, 10)

    def test_the_next_one_due_is_the_oldest(self) -> None:
        traces = self.made()
        assert traces.due_s() is None
        traces.take(self.held(one(IN)))
        self.clock.now = 4.0
        traces.take(self.held(one(OUT)))
        assert traces.due_s() == 6.0
        self.clock.now = 10.0
        assert [each.payload.trace_id for each, _ in traces.overdue()] == [IN]
        assert traces.due_s() == 4.0

    def test_a_call_that_comes_lets_the_overdue_go(self) -> None:
        traces = self.made()
        traces.take(self.held(one(IN)))
        self.clock.now = 11.0
        assert [each.payload.trace_id for each, _ in traces.take(self.held(one(OUT)))] == [IN]

    def test_it_forgets_old_decisions_and_holds_nothing_back(self) -> None:
        traces = self.made()
        for number in range(12_000):
            traces.take(self.held(one(f"{number:032x}", root=True)))
        assert len(traces._decided) == 10_000
        assert (traces._events, traces._bytes, len(traces._open)) == (0, 0, 0)


# The share that a call asks for.


@pytest.mark.parametrize(("own", "share", "weight"), [
    (1.0, 0.5, 2.0), (0.25, 0.5, 4.0), (0.5, 0.25, 4.0), (1.0, 1.0, None), (1.0, None, None),
])  # fmt: skip
def test_a_share_that_a_call_asks_for_has_its_weight(
    make_logger: Make, own: float, share: float | None, weight: float | None
) -> None:
    records = Records()
    logger = make_logger(records, plugin={"records": {"sample": own}})
    with logger.call(traceparent=f"00-{IN}-{'b' * 16}-01", sample=share) as call:
        call.finish("ok")
    with pytest.raises(ValueError, match="no"), logger.call(sample=share):
        raise ValueError("no")
    assert logger.flush(20).complete
    assert [payload.sample_weight for payload in records.all()] == [weight, None]


@pytest.mark.parametrize(("wish", "arrives"), [
    (0, False), (0.0, False), (False, False), ("0", False), ("0.0", False), ("false", False), ("off", False),
    (1, True), (True, True), ("1", True), ("true", True), (None, True), ("perhaps", True), (object(), True),
])  # fmt: skip
def test_an_opt_out_counts_as_what_it_says(make_logger: Make, wish: Any, arrives: bool) -> None:
    records = Records()
    logger = make_logger(records)
    with logger.call(sample=wish) as call:
        call.finish("ok")
    assert logger.flush(20).complete
    assert bool(records.all()) is arrives


def test_public_settings_are_checked(make_logger: Make) -> None:
    with pytest.raises(llmlog.SettingsError, match="sample_traces"):
        make_logger(Records(), plugin={"records": {"sample_trace": True}})
