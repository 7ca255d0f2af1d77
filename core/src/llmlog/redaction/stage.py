"""A stage of masking: rules in a row that look at the same view of a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from attrs import field, frozen

from llmlog.redaction.needle import Needles
from llmlog.redaction.rule import OwnRule, Rule
from llmlog.redaction.view import PARTS, View, shape

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


@frozen(eq=False)
class Stage:
    """Rules that are tried one after the other, each on the one before's result."""

    view: View
    rules: Sequence[Rule | OwnRule]
    needles: Needles = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "needles", Needles([rule.needles for rule in self.rules]))

    def apply(self, text: str, counts: Counter[str], check_time: Callable[[], None]) -> str:
        """Return the text as the rules leave it, and count what they find."""
        if self.view not in PARTS:
            return self._tried(text, counts, check_time)
        parts = PARTS[self.view](text)
        if parts is None:
            return text
        made = self._tried(parts.inside, counts, check_time)
        return text if made is parts.inside else parts.around(made)

    def _tried(self, text: str, counts: Counter[str], check_time: Callable[[], None]) -> str:
        subject = _subject(self.view, text)
        for index, needles in self.needles.present(subject if self.view == "folded" else text):
            check_time()
            rule = self.rules[index]
            made, found = rule.apply(text, subject, needles)
            if found:
                counts.update(found)
                text, subject = made, _subject(self.view, made)
        return text


def stages_of(rules: Sequence[Rule | OwnRule]) -> tuple[Stage, ...]:
    """Return the stages of these rules, which keep their order."""
    return tuple(Stage(view, tuple(group))
                 for view, group in groupby(rules, key=lambda rule: rule.view))  # fmt: skip


def _subject(view: View, text: str) -> Any:
    """Return what the patterns of a view see of a text, equally long."""
    if view == "folded":
        return folded(text)
    return shape(text) if view == "shape" else text


def folded(text: str) -> str:
    """Return the text with ASCII letters in lower case."""
    return text.lower() if text.isascii() else text.translate(_LOWER)
