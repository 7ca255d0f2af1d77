"""Alert rules on a clock that the test owns: fire, group, cool down, resolve."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from llmlog.alerts import Alert, Rule, Settings, alert_of
from llmlog.alerts.plugin import Alerts
from llmlog.alerts.report import Report, start_of
from llmlog.alerts.watch import Now, Running, Watch
from llmlog.errors import SettingsError
from llmlog.hookspecs import hookimpl
from llmlog.logger import Logger
from llmlog.payload import Cost, Error, Payload, Timing
from llmlog.schema import from_json, to_json
from llmlog.testing import sample
from llmlog.testing.virtual import VirtualClock

START_NS = 1_793_534_400_000_000_000  # a Sunday, 12:00 UTC
DAY_S = 86_400


def now(seconds: float) -> Now:
    return Now(seconds, START_NS + int(seconds * 1e9))


def call(*, failed: bool = False, took_s: float = 1.0, **fields: Any) -> Payload:
    made = evolve(sample("failure" if failed else "chat"), **fields)
    end_ns = made.timing.start_unix_ns + int(took_s * 1e9)
    return evolve(made, timing=Timing(start_unix_ns=made.timing.start_unix_ns, end_unix_ns=end_ns))


def rule(measure: Any = "failures", above: float = 2, **fields: Any) -> Rule:
    return Rule(name="r", measure=measure, above=above, **fields)


def seen(watch: Watch, payloads: Iterator[Payload] | list[Payload], at_s: float) -> list[Alert]:
    return [alert for payload in payloads for alert in watch.see(payload, now(at_s))]


def test_a_rule_fires_once_when_its_limit_is_passed_and_says_when_it_is_over() -> None:
    watch = Watch([rule(window_s=60)])
    assert seen(watch, [call(failed=True)] * 2, 0) == []
    (fired,) = seen(watch, [call(failed=True)] * 50, 10)
    assert (fired.state, fired.value, fired.threshold) == ("firing", 3.0, 2)
    assert watch.tick(now(40)) == []
    assert watch.firing == ["r"]
    (resolved,) = watch.tick(now(75))
    assert (resolved.state, resolved.key) == ("resolved", fired.key)
    assert resolved.since_unix_ns == fired.at_unix_ns
    assert watch.tick(now(80)) == []


def test_a_flood_of_failures_sends_few_alerts() -> None:
    watch = Watch([rule(window_s=60, cooldown_s=3600)])
    told = [second for second in range(2 * 3600) if watch.see(call(failed=True), now(second))]
    assert told == [2, 3602]


def test_what_keeps_firing_is_told_of_again_after_the_cool_down() -> None:
    watch = Watch([rule(window_s=1e6, cooldown_s=600)])
    assert len(seen(watch, [call(failed=True)] * 3, 0)) == 1
    told = [second for second in range(0, 2000, 50) if watch.tick(now(second))]
    assert told == [600, 1200, 1800]


def test_what_comes_and_goes_is_quiet_while_it_cools_down() -> None:
    watch = Watch([rule(window_s=10, cooldown_s=1000)])
    states = []
    for round_s in range(0, 900, 100):
        states += [alert.state for alert in seen(watch, [call(failed=True)] * 3, round_s)]
        states += [alert.state for alert in watch.tick(now(round_s + 50))]
    assert states == ["firing", "resolved"]
    (again,) = seen(watch, [call(failed=True)] * 3, 1100)
    assert (again.state, again.repeated) == ("firing", 8)


def test_groups_that_fire_together_are_told_of_together() -> None:
    watch = Watch([rule(by=("user_id",), group_s=30, window_s=600)])
    users = [call(failed=True, user_id=f"u{number}") for number in range(20) for _ in range(3)]
    (first,) = seen(watch, users, 0)
    assert first.labels == {"user_id": "u0"}
    (rest,) = watch.tick(now(31))
    assert (rest.state, rest.others) == ("firing", 18)
    ends = watch.tick(now(700))
    assert [alert.state for alert in ends] == ["resolved", "resolved"]
    assert {alert.key for alert in ends} == {first.key, rest.key}


@pytest.mark.parametrize(("measure", "above", "good", "bad"), [
    ("failure_rate", 0.5, [call()] * 9 + [call(failed=True)], [call(failed=True)] * 11),
    ("latency", 5.0, [call(took_s=1.0)] * 10, [call(took_s=9.0)] * 10),
    ("cost", 5.0, [call(cost=Cost(total=1.0))] * 5, [call(cost=Cost(total=0.5))]),
    ("tokens", 1e3, [call()], [call()] * 100),
    ("calls", 3, [call()] * 3, [call()]),
])  # fmt: skip
def test_each_measure_fires_above_its_limit_and_not_at_it(
    measure: Any, above: float, good: list[Payload], bad: list[Payload]
) -> None:
    watch = Watch([rule(measure, above)])
    assert seen(watch, good, 0) == []
    assert [alert.measure for alert in seen(watch, bad, 1)] == [measure]


def test_a_rate_of_few_calls_is_no_rate() -> None:
    watch = Watch([rule("failure_rate", 0.1, at_least=10)])
    assert seen(watch, [call(failed=True)] * 9, 0) == []
    assert len(seen(watch, [call(failed=True)], 0)) == 1


def test_a_percentile_is_right_within_five_percent() -> None:
    watch = Watch([rule("latency", 0.0, at_least=100)])
    calls = [call(took_s=second / 10) for second in range(1, 101)]
    (alert,) = seen(watch, calls, 0)
    assert alert.value == pytest.approx(9.5, rel=0.05)


def test_budgets_are_kept_per_user() -> None:
    watch = Watch([rule("cost", 10.0, by=("user_id",), window_s=DAY_S)])
    for second in range(100):
        assert seen(watch, [call(user_id="frugal", cost=Cost(total=0.01))], second) == []
    (alert,) = seen(watch, [call(user_id="lavish", cost=Cost(total=11.0))], 101)
    assert alert.labels == {"user_id": "lavish"}


def test_a_rule_can_be_limited_to_some_calls() -> None:
    watch = Watch([rule(only={"environment": "live", "metadata.tier": "gold"})])
    gold = {"environment": "live", "metadata": {"tier": "gold"}}
    assert seen(watch, [call(failed=True, environment="live")] * 9, 0) == []
    assert len(seen(watch, [call(failed=True, **gold)] * 3, 0)) == 1


def test_a_call_that_hangs_is_told_of_while_it_runs() -> None:
    watch = Watch([rule("hanging", 600, by=("request_model",))])
    slow = Running({"request_model": "m"}, 601.0)
    assert watch.tick(now(0), [Running({"request_model": "m"}, 599.0)]) == []
    (fired,) = watch.tick(now(1), [slow, slow])
    assert (fired.value, fired.calls, fired.labels) == (601.0, 2, {"request_model": "m"})
    (over,) = watch.tick(now(2), [])
    assert over.state == "resolved"


def test_memory_is_bounded_when_each_call_is_a_group_of_its_own() -> None:
    watch = Watch([rule(by=("session_id",), above=0)])
    for number in range(3000):
        watch.see(call(failed=True, session_id=f"s{number}"), now(number / 100))
    (watched,) = watch._watched
    assert len(watched.groups) == 1000
    for second in itertools.count(100, 600):
        watch.tick(now(second))
        if second > 5000:
            break
    assert not watched.groups


@pytest.mark.parametrize(("table", "said"), [
    ({"measure": "failures"}, "say `above`"),
    ({"measure": "failure", "above": 1}, "measure cannot be 'failure': say failure_rate"),
    ({"measure": "cost", "above": 1, "windows_s": 3}, "no 'windows_s': did you mean 'window_s'"),
    ({"measure": "cost", "above": 1, "by": ["user"]}, "'user'"),
    ("x", "say a table"),
])  # fmt: skip
def test_a_wrong_rule_is_named(table: Any, said: str) -> None:
    with pytest.raises(SettingsError, match="failing") as caught:
        Logger(plugins=["alerts"], environ={}, file=False,
               plugin={"alerts": {"rules": {"failing": table}}})  # fmt: skip
    assert said in str(caught.value)


def test_an_alert_comes_back_from_the_record_that_carries_it() -> None:
    alert = Alert(rule="r", measure="failure_rate", state="firing", at_unix_ns=START_NS + 5,
                  since_unix_ns=START_NS, value=0.25, threshold=0.1, window_s=300.0, calls=40,
                  others=2, repeated=1,
                  labels={"request_model": "m", "name": "n", "metadata.tier": "gold"})  # fmt: skip
    back = alert_of(from_json(to_json(alert.payload())))
    assert evolve(back, labels=dict(sorted(back.labels.items()))) == evolve(
        alert, labels=dict(sorted(alert.labels.items()))
    )
    assert alert.title == "firing: r (m, n, gold)"
    assert alert.text == (
        "failure rate 25 %, the limit is 10 % in 300 s; 40 calls seen; 2 more like it;"
        " 1 time again while it was quiet"
    )


def test_any_other_record_reads_as_how_it_ended() -> None:
    failed = alert_of(evolve(sample("failure"), error=Error(type="E", message="no")))
    assert failed.state == "firing"
    assert failed.text.endswith("E: no")


class Sink:
    """Remembers what it is told."""

    def __init__(self, name: str, takes: str = "calls") -> None:
        self.name, self.takes = name, takes
        self.payloads: list[Payload] = []

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        self.payloads.append(payload)

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        self.payloads.append(payload)


def test_alerts_go_to_those_that_take_them_and_calls_to_the_others() -> None:
    calls, alerts, both = Sink("calls"), Sink("alerts-sink", "alerts"), Sink("both", "both")
    rules = {"failing": {"measure": "failures", "above": 1}}
    clock = VirtualClock()
    with Logger(plugins=[calls, alerts, both, "alerts"], environ={}, file=False, clock=clock,
                plugin={"alerts": {"rules": rules}}) as logger:  # fmt: skip
        for _ in range(3):
            with pytest.raises(ValueError, match="no"), logger.call(kind="chat", model="m"):
                raise ValueError("no")
        logger.flush(10)  # its end may find an alert that has just been made
        assert logger.flush(10).complete
    assert [payload.kind for payload in calls.payloads] == ["chat"] * 3
    assert [payload.kind for payload in alerts.payloads] == ["alert"]
    assert [payload.kind for payload in both.payloads] == ["chat"] * 3 + ["alert"]
    assert alert_of(alerts.payloads[0]).rule == "failing"


def test_a_hanging_call_is_found_by_its_handle_and_let_go_when_it_is_gone() -> None:
    rules = {"stuck": {"measure": "hanging", "above": 0.0}}
    sink = Sink("sink", "alerts")
    with Logger(plugins=[sink, "alerts"], environ={}, file=False,
                plugin={"alerts": {"rules": rules}}) as logger:  # fmt: skip
        watching = next(route.plugin for route in logger.routes if route.name == "alerts")
        assert isinstance(watching, Alerts)
        pending = logger.start_call(kind="chat", model="m")
        watching.tick()
        logger.flush(10)
        assert watching.check() == "firing: stuck"
        pending.finish("done")
        del pending
        watching.tick()
        logger.flush(10)
        assert watching.check() == "no rule fires"
    assert [alert_of(each).state for each in sink.payloads] == ["firing", "resolved"]


def test_a_period_is_reported_when_it_ends() -> None:
    report = Report("daily", start_of("daily", START_NS))
    report.add(call(cost=Cost(total=1.5), user_id="ada"))
    report.add(call(failed=True, cost=None, usage=None))
    alert = report.alert(START_NS)
    assert alert.lines[0] == "1.50 USD since 2026-11-01, 2 calls, 1 failed"
    assert "user ada: 1.50 USD" in alert.lines
    assert start_of("weekly", START_NS).isoformat() == "2026-10-26"


def test_a_logger_sends_the_report_of_yesterday() -> None:
    sink, clock = Sink("sink", "alerts"), VirtualClock()
    with Logger(plugins=[sink, "alerts"], environ={}, file=False, clock=clock,
                plugin={"alerts": {"reports": ["daily"]}}) as logger:  # fmt: skip
        watching = next(route.plugin for route in logger.routes if route.name == "alerts")
        assert isinstance(watching, Alerts)
        logger.log(call(cost=Cost(total=2.0)))
        assert logger.flush(10).complete
        clock.advance(DAY_S)
        watching.tick()
        assert logger.flush(10).complete
    (told,) = sink.payloads
    assert alert_of(told).lines[0].startswith("2.00 USD since 2026-11-01, 1 calls")


def test_settings_refuse_a_report_that_is_not_known() -> None:
    with pytest.raises(ValueError, match="say daily or weekly"):
        Settings(reports=("monthly",))
