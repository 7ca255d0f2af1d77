"""Rules: what is measured over which calls, and from where on it is too much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_type_hints

import attrs
from attrs import field, frozen

from llmlog.alerts.alert import SHOWN_LABELS
from llmlog.conversion import convert
from llmlog.errors import nearest
from llmlog.payload import Payload

Measure = Literal["failure_rate", "failures", "latency", "first_token", "cost", "tokens", "calls",
                  "hanging"]  # fmt: skip
RATES = ("failure_rate", "latency", "first_token")


@frozen(kw_only=True)
class Rule:
    """One rule.

    `above` is a share for `failure_rate`, seconds for `latency`, `first_token` and `hanging`, US
    dollars for `cost`, else a count. It is compared with what the calls of the last `window_s`
    seconds amount to, apart for each value of the fields in `by` (`metadata.KEY` for your own);
    rates and percentiles need `at_least` calls. `only` limits it to calls with these values. After
    an alert the same group is quiet for `cooldown_s`; alerts of one rule that come within
    `group_s` seconds are told of together.
    """

    name: str
    measure: Measure
    above: float
    window_s: float = 300.0
    by: tuple[str, ...] = ()
    only: Mapping[str, str] = field(factory=dict)
    at_least: int = 10
    percentile: float = 0.95
    cooldown_s: float = 3600.0
    group_s: float = 30.0

    def __attrs_post_init__(self) -> None:
        for label in (*self.by, *self.only):
            if label not in SHOWN_LABELS and not label.startswith("metadata."):
                hint = nearest(label, SHOWN_LABELS) or f": say {', '.join(SHOWN_LABELS)}"
                raise ValueError(f"{self.name}: no calls are told apart by {label!r}{hint}")
        if not (self.window_s > 0 and 0 < self.percentile <= 1):
            raise ValueError(f"{self.name}: window_s is more than 0, percentile from 0 to 1")

    def labels(self, facts: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Return the group of a call, given what is known of it; None if the rule leaves it out."""
        if any(str(found(facts, name)) != wanted for name, wanted in self.only.items()):
            return None
        return tuple(str(found(facts, name) or "none") for name in self.by)


def found(facts: Mapping[str, Any], label: str) -> Any:
    """Return what a label says of a call."""
    head, _, key = label.partition(".")
    return (facts.get("metadata") or {}).get(key) if key and head == "metadata" else facts.get(head)


def facts_of(payload: Payload) -> Mapping[str, Any]:
    """Return what rules may tell calls apart by."""
    known: dict[str, Any] = {name: getattr(payload, name) for name in SHOWN_LABELS}
    known["metadata"] = payload.metadata
    return known


def rules_of(tables: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules that settings hold, by name; raise `ValueError` that names what is wrong."""
    return tuple(_rule(name, table) for name, table in tables.items())


def _rule(name: str, table: Any) -> Rule:
    if not isinstance(table, Mapping):
        raise ValueError(f"rules.{name}: say a table with `measure` and `above`")  # noqa: TRY004
    hints = get_type_hints(Rule)
    for key in table:
        if key not in hints or key == "name":
            raise ValueError(f"rules.{name}: there is no {key!r}{nearest(key, hints)}")
    missing = [item.name for item in attrs.fields(Rule)
               if item.default is attrs.NOTHING and item.name not in (*table, "name")]  # fmt: skip
    if missing:
        raise ValueError(f"rules.{name}: say {' and '.join(f'`{key}`' for key in missing)}")
    return Rule(name=name, **{key: _converted(name, key, table[key], hints[key]) for key in table})


def _converted(rule: str, key: str, raw: Any, hint: Any) -> Any:
    try:
        return convert(raw, hint)
    except Exception:  # noqa: BLE001  # cattrs raises what the converters raise
        choices = f": say {', '.join(get_args(hint))}" if key == "measure" else ""
        raise ValueError(f"rules.{rule}: {key} cannot be {raw!r}{choices}") from None
