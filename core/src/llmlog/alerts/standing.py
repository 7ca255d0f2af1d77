"""How the groups of a rule's calls stand. Times are in seconds of a clock."""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field

from llmlog.alerts.rule import Rule
from llmlog.alerts.window import Window

GROUPS = 1_000


@define
class Standing:
    """One group: what it measures, since when it fires, when it was told of.

    `leads` says that the alert bears this group's name; others were told of along with it.
    """

    rule: Rule
    window: Window
    running_s: float | None = None
    running: int = 0
    firing_since_s: float | None = None
    told_s: float | None = None
    leads: bool = False
    repeated: int = 0

    @property
    def value(self) -> float | None:
        """Return what the rule measures now."""
        return self.running_s if self.rule.measure == "hanging" else self.window.value()

    @property
    def calls(self) -> int:
        """Return of how many calls."""
        return self.running if self.rule.measure == "hanging" else self.window.calls

    @property
    def over(self) -> bool:
        """Say whether that is too much."""
        value = self.value
        return value is not None and value > self.rule.above

    @property
    def told_since_it_fires(self) -> bool:
        """Say whether the present trouble was told of."""
        since_s = self.firing_since_s
        return since_s is not None and self.told_s is not None and self.told_s >= since_s

    def cools_down(self, now_s: float) -> bool:
        """Say whether it was told of a short while ago."""
        return self.told_s is not None and now_s - self.told_s < self.rule.cooldown_s

    def idle(self, now_s: float) -> bool:
        """Say whether nothing needs it any more."""
        active = self.firing_since_s is not None or self.running > 0 or not self.window.empty
        return not active and not self.cools_down(now_s)


@define
class Watched:
    """A rule with its groups; `waiting` are those that are to be told of."""

    rule: Rule
    groups: OrderedDict[tuple[str, ...], Standing] = field(factory=OrderedDict)
    waiting: dict[tuple[str, ...], None] = field(factory=dict)
    told_s: float | None = None

    def standing(self, labels: tuple[str, ...]) -> Standing:
        """Return a group, new if it must be; the oldest that does not fire makes room."""
        found = self.groups.get(labels)
        if found is None:
            if len(self.groups) >= GROUPS:
                self._make_room()
            found = self.groups[labels] = Standing(self.rule, Window(self.rule))
        self.groups.move_to_end(labels)
        return found

    def _make_room(self) -> None:
        quiet = (labels for labels, group in self.groups.items() if group.firing_since_s is None)
        self._drop(next(quiet, next(iter(self.groups))))

    def _drop(self, labels: tuple[str, ...]) -> None:
        del self.groups[labels]
        self.waiting.pop(labels, None)

    def forget(self, now_s: float) -> None:
        """Let go of groups that are idle."""
        for labels in [labels for labels, group in self.groups.items() if group.idle(now_s)]:
            self._drop(labels)
