"""The rules at work: what fires, what is quiet, what is over. Time is passed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from llmlog.alerts.alert import Alert, State
from llmlog.alerts.rule import Rule, facts_of
from llmlog.alerts.standing import Standing, Watched
from llmlog.payload import Payload


@frozen
class Now:
    """The time: seconds that never go back, and nanoseconds since 1970."""

    s: float
    unix_ns: int


@frozen
class Running:
    """A call under way: what is known of it, and for how many seconds it runs."""

    facts: Mapping[str, Any]
    age_s: float


class Watch:
    """Rules and how they stand. `see` and `tick` return the alerts to be sent now.

    The first alert of a rule goes at once. Those that follow within `group_s` wait and are told of
    together, under the name of the worst. A group that was told of is quiet for `cooldown_s`, then
    told of again if it still fires. When it is over, one alert says so.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._watched = [Watched(rule) for rule in rules]

    @property
    def firing(self) -> list[str]:
        """Return the names of the rules that fire."""
        return [
            watched.rule.name for watched in self._watched
            if any(group.firing_since_s is not None for group in watched.groups.values())
        ]  # fmt: skip

    def see(self, payload: Payload, now: Now) -> list[Alert]:
        """Count a call that has ended."""
        facts = facts_of(payload)
        made: list[Alert] = []
        for watched in self._watched:
            labels = watched.rule.labels(facts)
            if watched.rule.measure != "hanging" and labels is not None:
                watched.standing(labels).window.add(payload, now.s)
                made += _judged(watched, [labels], now)
        return made

    def tick(self, now: Now, running: Iterable[Running] = ()) -> list[Alert]:
        """Let time pass."""
        under_way = list(running)
        made: list[Alert] = []
        for watched in self._watched:
            if watched.rule.measure == "hanging":
                _count(watched, under_way)
            made += _judged(watched, list(watched.groups), now)
            watched.forget(now.s)
        return made


def _count(watched: Watched, running: Iterable[Running]) -> None:
    """Count the calls that run for too long, by group."""
    for group in watched.groups.values():
        group.running_s, group.running = None, 0
    for call in running:
        labels = watched.rule.labels(call.facts)
        if labels is not None and call.age_s > watched.rule.above:
            group = watched.standing(labels)
            group.running_s = max(call.age_s, group.running_s or 0.0)
            group.running += 1


def _judged(watched: Watched, groups: Iterable[tuple[str, ...]], now: Now) -> Iterator[Alert]:
    for labels in groups:
        group = watched.groups[labels]
        group.window.forget(now.s)
        if group.over:
            _fires(watched, labels, group, now)
        elif group.firing_since_s is not None:
            yield from _over(watched, labels, group, now)
    yield from _told(watched, now)


def _fires(watched: Watched, labels: tuple[str, ...], group: Standing, now: Now) -> None:
    if group.firing_since_s is None:
        group.firing_since_s = now.s
        group.repeated += group.cools_down(now.s)
    if not group.cools_down(now.s):
        watched.waiting[labels] = None


def _over(watched: Watched, labels: tuple[str, ...], group: Standing, now: Now) -> Iterator[Alert]:
    """End a group's trouble; say so if it was told of under its own name."""
    watched.waiting.pop(labels, None)
    if group.leads and group.told_since_it_fires:
        yield _alert(labels, group, "resolved", now)
        group.leads = False
    group.firing_since_s = None


def _told(watched: Watched, now: Now) -> Iterator[Alert]:
    """Tell of all groups that wait, once the rule has been silent for long enough."""
    recent = watched.told_s is not None and now.s - watched.told_s < watched.rule.group_s
    if not watched.waiting or recent:
        return
    worst = max(watched.waiting, key=lambda labels: watched.groups[labels].value or 0.0)
    yield _alert(worst, watched.groups[worst], "firing", now, others=len(watched.waiting) - 1)
    for labels in watched.waiting:
        group = watched.groups[labels]
        group.told_s, group.repeated, group.leads = now.s, 0, labels == worst
    watched.waiting.clear()
    watched.told_s = now.s


def _alert(
    labels: tuple[str, ...], group: Standing, state: State, now: Now, others: int = 0
) -> Alert:
    rule = group.rule
    since_s = now.s if group.firing_since_s is None else group.firing_since_s
    return Alert(
        rule=rule.name, measure=rule.measure, state=state, at_unix_ns=now.unix_ns,
        since_unix_ns=now.unix_ns - int((now.s - since_s) * 1e9), value=group.value,
        threshold=rule.above, window_s=None if rule.measure == "hanging" else rule.window_s,
        calls=group.calls or None, others=others, repeated=group.repeated,
        labels=dict(zip(rule.by, labels, strict=True)),
    )  # fmt: skip
