"""Spend reports: what the calls of a day or a week cost, by model and by user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from attrs import define, field

from llmlog.alerts.alert import Alert
from llmlog.payload import Payload

Period = Literal["daily", "weekly"]
TOP = 5


def start_of(period: Period, unix_ns: int) -> date:
    """Return the first day of the period, in UTC; weeks start on Monday."""
    day = datetime.fromtimestamp(unix_ns / 1e9, timezone.utc).date()
    return day if period == "daily" else day - timedelta(days=day.weekday())


@define
class Report:
    """The sums of a period under way."""

    period: Period
    since: date
    calls: int = 0
    failures: int = 0
    unpriced: int = 0
    models: Counter[str] = field(factory=Counter)
    users: Counter[str] = field(factory=Counter)

    def add(self, payload: Payload) -> None:
        """Count a call."""
        self.calls += 1
        self.failures += payload.status == "failure"
        cost = payload.cost.total if payload.cost else None
        if cost is None:
            self.unpriced += payload.usage is not None
            return
        self.models[payload.model or "unknown model"] += cost  # type: ignore[assignment]
        if payload.user_id:
            self.users[payload.user_id] += cost  # type: ignore[assignment]

    def alert(self, unix_ns: int) -> Alert:
        """Return the report as it is sent."""
        start = datetime(self.since.year, self.since.month, self.since.day, tzinfo=timezone.utc)
        return Alert(
            rule=f"{self.period} spend", measure="cost", state="report", at_unix_ns=unix_ns,
            since_unix_ns=int(start.timestamp()) * 1_000_000_000, value=self.total,
            calls=self.calls, lines=tuple(self._lines()),
        )  # fmt: skip

    @property
    def total(self) -> float:
        """Return the cost in US dollars, as far as it is known."""
        return float(sum(self.models.values()))

    def _lines(self) -> Iterator[str]:
        yield f"{self.total:.2f} USD since {self.since}, {self.calls} calls, {self.failures} failed"
        if self.unpriced:
            yield f"{self.unpriced} calls have no known price"
        for title, costs in (("model", self.models), ("user", self.users)):
            for name, cost in costs.most_common(TOP):
                yield f"{title} {name}: {float(cost):.2f} USD"
