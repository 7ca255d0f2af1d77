"""Masking: texts and JSON values with everything hidden that the rules find in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from attrs import field, frozen

from llmlog.guard import guarded
from llmlog.message import JSON
from llmlog.plain import plain
from llmlog.redaction.assignment import ASSIGNMENT_RULES, LEAST_OF_KEY, MOST_OF_KEY
from llmlog.redaction.budget import Budget, Spent
from llmlog.redaction.chance import by_chance
from llmlog.redaction.form import blobs, decoded, other_forms, readable
from llmlog.redaction.known import PLACEHOLDER, Known
from llmlog.redaction.name import is_token_of_text, kind_of, may_be_of_key
from llmlog.redaction.number import NUMBER_RULES
from llmlog.redaction.rule import OwnRule, Rule, Span, spliced
from llmlog.redaction.stage import Stage, stages_of
from llmlog.redaction.vendor import VENDOR_RULES

MAX_NESTING = 3
_SHORTEST = 4
_NUMBER_DIGITS = 10**8
_PLAIN = frozenset({str, int, float, bool, type(None), dict, list, tuple})


@cache
def stock_rules(kinds: frozenset[str]) -> tuple[Rule, ...]:
    """Return our own rules of these kinds, in the order in which they are tried."""
    every = (*VENDOR_RULES, *ASSIGNMENT_RULES, *NUMBER_RULES)
    return tuple(rule for rule in every if rule.kind in kinds)


class Clean:
    """Texts lately found clean, so that a conversation's past is not searched at each turn."""

    def __init__(self, characters: int = 1_000_000) -> None:
        self._bound = characters
        self._left = characters
        self._texts: dict[str, object] = {}

    def knows(self, text: str, known: tuple[str, ...]) -> bool:
        """Say whether the text was found clean when just these values were known."""
        return self._texts.get(text) is known

    def add(self, text: str, known: tuple[str, ...]) -> None:
        """Remember a clean text; forget all of them when they get too many."""
        self._left -= len(text) + 50
        if self._left < 0:
            self._texts, self._left = {}, self._bound
        self._texts[text] = known


@frozen(kw_only=True, eq=False)
class Masks:
    """What is looked for: stock rules by kind, a user's own, known values."""

    kinds: frozenset[str] = frozenset()
    own: tuple[OwnRule, ...] = ()
    known: Known = field(factory=Known)
    stages: tuple[Stage, ...] = field(init=False, repr=False)
    clean: Clean = field(init=False, factory=Clean, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "stages", stages_of((*stock_rules(self.kinds), *self.own)))

    @property
    def searching(self) -> bool:
        """Say whether there is more to look for than known values."""
        return bool(self.stages)


class Masking:
    """One payload's masking: it counts what was hidden, and what it may still cost."""

    def __init__(self, masks: Masks, budget: Budget) -> None:
        self._masks = masks
        self._budget = budget
        self.counts: Counter[str] = Counter()

    # Texts.

    def text(self, text: str, nesting: int = 0) -> str:
        """Return a text with everything hidden that is found in it; a placeholder if that fails."""
        return guarded(self._text, text, nesting, otherwise=self._refuse)

    def _refuse(self, problem: BaseException) -> str:
        reason = str(problem) if isinstance(problem, Spent) else "failed"
        self.counts[f"hidden:{reason}"] += 1
        return f"[hidden: {reason}]"

    def _text(self, text: str, nesting: int) -> str:
        if len(text) < _SHORTEST and not self._masks.own:
            return text
        clean, known = self._masks.clean, self._masks.known.forms
        if clean.knows(text, known):
            return text
        self._budget.take_text(text)
        before = sum(self.counts.values())
        made = self._searched(text, nesting)
        if sum(self.counts.values()) == before and nesting == 0:
            clean.add(text, known)
        return made

    def _searched(self, text: str, nesting: int) -> str:
        searching = self._masks.searching
        if (
            searching
            and nesting < MAX_NESTING
            and (inside := self._inside(text, nesting)) is not None
        ):
            text = inside
        made = self._blobs(self._matched(text))
        for form in other_forms(made):
            self._budget.take_text(form)
            found = sum(self.counts.values())
            hidden = self._blobs(self._matched(form))
            if sum(self.counts.values()) > found:
                return hidden
        return made

    def _known(self, text: str) -> str:
        made, count = self._masks.known.scrub(text)
        if count:
            self.counts[PLACEHOLDER.strip("[]")] += count
        return made

    def _matched(self, text: str) -> str:
        """Return the text as the rules leave it, each working on the one before's result."""
        text = self._known(text)
        for stage in self._masks.stages:
            text = stage.apply(text, self.counts, self._budget.check_time)
        return text

    def _blobs(self, text: str) -> str:
        """Return the text with those encoded parts hidden that hold something to hide."""
        if not self._masks.searching:
            return text  # known values are known in these encodings
        return spliced(text, self._telling(text), "hidden: encoded")[0]

    def _telling(self, text: str) -> Iterator[tuple[int, int]]:
        found = [(blob.span(), decoded(blob[0])) for blob in blobs(text)]
        return self._guilty(found) if found else iter(())

    def _guilty(self, found: Sequence[tuple[Span, bytes]]) -> Iterator[Span]:
        """Yield the places of those that hold something; all together first, then in halves."""
        self._budget.check_time()
        before = self.counts.copy()
        self._matched(readable(inner for _, inner in found))
        if self.counts == before:
            return
        if len(found) == 1:
            yield found[0][0]
            return
        self.counts.clear()
        self.counts.update(before)
        for half in (found[: len(found) // 2], found[len(found) // 2 :]):
            yield from self._guilty(half)

    def _inside(self, text: str, nesting: int) -> str | None:
        """Return JSON text with its values masked; None for any other, or with nothing to hide."""
        stripped = text.strip()
        if stripped[:1] + stripped[-1:] not in ("{}", "[]", '""'):
            return None
        try:
            value = json.loads(stripped, object_pairs_hook=_all_pairs)
        except RecursionError:
            raise Spent("depth") from None
        except ValueError:
            return None
        found = sum(self.counts.values())
        made = self.value(value, 0, nesting + 1)
        return json.dumps(made, ensure_ascii=False) if sum(self.counts.values()) > found else None

    # Values.

    def value(self, value: Any, depth: int = 0, nesting: int = 0) -> JSON:
        """Return a value with its texts masked, keys included; a placeholder if that fails."""
        return guarded(self._value, value, depth, nesting, otherwise=self._refuse)

    def _value(self, value: Any, depth: int, nesting: int) -> JSON:
        self._budget.take_value(depth)
        if type(value) not in _PLAIN:
            value, _ = plain(value)
        if isinstance(value, str):
            return self.text(value, nesting)
        if isinstance(value, dict):
            return dict(self._items(value, depth, nesting))
        if isinstance(value, (list, tuple)):
            return [self.value(item, depth + 1, nesting) for item in value]
        return self._number(value) if type(value) is int else value

    def _number(self, value: int) -> JSON:
        if abs(value) < _NUMBER_DIGITS and not self._masks.own:
            return value
        written = str(value)
        made = self._matched(written)
        return value if made == written else made

    def _items(
        self, values: Mapping[Any, Any], depth: int, nesting: int
    ) -> Iterator[tuple[str, JSON]]:
        taken: set[str] = set()
        for key, item in values.items():
            name = key if type(key) is str else str(plain(key)[0])
            shown = _free(self.text(name, nesting), taken)
            taken.add(shown)
            yield shown, self._named(name, item, values, depth, nesting)

    def _named(
        self, name: str, item: Any, siblings: Mapping[Any, Any], depth: int, nesting: int
    ) -> JSON:
        """Return a value under a key, hidden whole if the key says what it is."""
        kind = kind_of(name) or _kind_of_key(name, item) if self._masks.kinds else None
        if kind not in self._masks.kinds or _empty(item) or is_token_of_text(name, item, siblings):
            return self.value(item, depth + 1, nesting)
        self.counts[f"{kind}:named"] += 1
        return f"[{kind}]"


def _all_pairs(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    """Return an object with the values of a repeated key in a list, so that none is unseen."""
    made = dict(pairs)
    if len(made) < len(pairs):
        repeated: dict[str, JSON] = {}
        for key, value in pairs:
            repeated.setdefault(key, []).append(value)
        made = {key: values[0] if len(values) == 1 else values for key, values in repeated.items()}
    return made


def _kind_of_key(name: str, item: Any) -> str | None:
    """Return what is under a name such as `MAPS_KEY`: a credential, if it was made by chance."""
    long = type(item) is str and LEAST_OF_KEY <= len(item) <= MOST_OF_KEY
    return "credential" if long and may_be_of_key(name) and by_chance(item) else None


def _empty(value: Any) -> bool:
    return value is None or isinstance(value, bool) or value in ("", [], {}, ())


def _free(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name} {number}", number + 1
    return candidate
