"""The plugin `alerts`: hears of every call, and logs what its rules find."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from attrs import frozen

from llmlog.alerts.alert import Alert
from llmlog.alerts.report import Period, Report, start_of
from llmlog.alerts.rule import rules_of
from llmlog.alerts.watch import Now, Running, Watch
from llmlog.exporter import HookPlugin
from llmlog.guard import guarded
from llmlog.hookspecs import hookimpl
from llmlog.payload import Payload
from llmlog.settings import env

if TYPE_CHECKING:
    from llmlog.handle import Call
    from llmlog.logger import Logger

TICK_S = 1.0
REPORTS: tuple[Period, ...] = ("daily", "weekly")


@frozen(kw_only=True)
class Settings:
    """The rules, and which reports to send."""

    rules: Mapping[str, Any] = env(default={}, help="a table for each rule")
    reports: tuple[str, ...] = env(default=(), help="spend reports: daily, weekly")

    def __attrs_post_init__(self) -> None:
        rules_of(self.rules)
        if unknown := set(self.reports) - set(REPORTS):
            raise ValueError(f"reports: say daily or weekly, not {', '.join(sorted(unknown))}")


class Alerts:
    """The rules of one Logger. Each process watches its own calls."""

    def __init__(self, settings: Settings) -> None:
        rules = rules_of(settings.rules)
        self._watch = Watch(rules)
        self._hangs = any(rule.measure == "hanging" for rule in rules)
        self._running: WeakSet[Call] = WeakSet()
        self._beginning = threading.Lock()
        self._lock = threading.Lock()
        self._periods = tuple(period for period in REPORTS if period in settings.reports)
        self._reports: dict[Period, Report] = {}
        self._logger: Logger | None = None
        self._stopping = threading.Event()

    def bind(self, logger: Logger) -> None:
        """Begin to watch; alerts go through this Logger."""
        self._logger = logger
        threading.Thread(target=self._run, name="llmlog-alerts", daemon=True).start()

    def _run(self) -> None:
        while not self._stopping.wait(TICK_S):
            guarded(self.tick, otherwise=lambda _: None)

    @hookimpl
    def pre_call(self, call: Call) -> None:
        """Remember a call that begins, for rules about calls that hang."""
        if self._hangs:
            with self._beginning:
                self._running.add(call)

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        """Count a call."""
        self._see(payload)

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        """Count a call that failed."""
        self._see(payload)

    def _see(self, payload: Payload) -> None:
        now = self._now()
        with self._lock:
            found = [*self._reported(now), *self._watch.see(payload, now)]
            for report in self._reports.values():
                report.add(payload)
        self._send(found)

    def tick(self) -> None:
        """Let time pass: what hangs, what is over, which period has ended."""
        now = self._now()
        with self._lock:
            found = [*self._reported(now), *self._watch.tick(now, list(self._under_way()))]
        self._send(found)

    def _now(self) -> Now:
        clock = self._logger.clock if self._logger else None
        if clock is None:
            return Now(time.monotonic(), time.time_ns())
        return Now(clock.monotonic_s(), clock.unix_ns())

    def _under_way(self) -> Iterator[Running]:
        now_ns = time.perf_counter_ns()
        with self._beginning:
            self._running = WeakSet(call for call in self._running if call.status is None)
            calls = list(self._running)
        for call in calls:
            yield Running(_facts(call), (now_ns - call.start_mono_ns) / 1e9)

    def _reported(self, now: Now) -> Iterator[Alert]:
        """Begin the periods that are due, and report those that have ended."""
        for period in self._periods:
            since = start_of(period, now.unix_ns)
            report = self._reports.get(period)
            if report is None or report.since != since:
                self._reports[period] = Report(period, since)
            if report is not None and report.since != since and report.calls:
                yield report.alert(now.unix_ns)

    def _send(self, found: Iterable[Alert]) -> None:
        for alert in found:
            if self._logger is not None:
                self._logger.log(alert.payload())

    def check(self) -> str:
        """Say which rules fire."""
        with self._lock:
            firing = self._watch.firing
        return f"firing: {', '.join(firing)}" if firing else "no rule fires"

    def close(self) -> None:
        """Stop watching."""
        self._stopping.set()


def _facts(call: Call) -> Mapping[str, Any]:
    """Return what is known of a call that has not ended, under the names of the payload."""
    fields = call.fields
    names = {"request_model": "model", "provider_name": "provider", "user_id": "user",
             "session_id": "session", "team_id": "team", "organization_id": "organization",
             "project_id": "project"}  # fmt: skip
    return {**fields, **{name: fields.get(short) for name, short in names.items()}}


plugin = HookPlugin(name="alerts", settings=Settings, make=Alerts)
