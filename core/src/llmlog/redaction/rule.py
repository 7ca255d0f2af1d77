"""A rule: what it looks for, how it makes sure, and what it writes instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from attrs import field, frozen

from llmlog.errors import SettingsError

Kind = Literal["credential", "email", "phone", "card", "iban", "national_id", "ip"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Span = tuple[int, int]
Row = tuple[int, int, int]
"""Where it begins and ends, and how many digits are in it."""

Check = Callable[[str, "re.Match[str]"], "Span | None"]


@frozen(kw_only=True)
class Rule:
    """One thing to find in a text.

    `needles` are texts of which one must occur for the pattern to be tried; none means always.
    `check` returns the part of a match to hide, or None for a look-alike; the next match may
    begin inside a refused one. With `folded` the pattern sees ASCII letters in lower case. With
    `digits` all that it finds lies in a row of at least so many digits, with separators, at most
    eight characters before it and four behind it included: nothing else of a text is searched.
    `hint` is found at once, and in every text in which the pattern finds something.
    """

    name: str
    kind: str
    pattern: re.Pattern[str] = field(eq=False)
    needles: tuple[str, ...] = ()
    check: Check | None = None
    folded: bool = False
    digits: int = 0
    hint: re.Pattern[str] | None = field(default=None, eq=False)

    @property
    def placeholder(self) -> str:
        """Return what stands in for what was found; it says what it was, never how it read."""
        return f"[{self.name}]"

    def spans(self, text: str, subject: str, rows: Sequence[Row] | None = None) -> Iterator[Span]:
        """Yield the parts of `text` to hide; `subject` is what the pattern sees, equally long."""
        position = 0
        for first, last, digits in ((0, len(subject), self.digits),) if rows is None else rows:
            if digits < self.digits:
                continue
            position = max(position, first)
            while found := self.pattern.search(subject, position, last):
                span = self.check(text, found) if self.check else found.span()
                if span is None:
                    position = found.start() + 1
                else:
                    yield span
                    position = max(span[1], found.start() + 1)

    def apply(self, text: str, subject: str, rows: Sequence[Row] | None = None) -> tuple[str, int]:
        """Return the text with what was found hidden, and how often that was."""
        if self.hint is not None and not self.hint.search(subject):
            return text, 0
        if rows is not None:
            return spliced(text, self.spans(text, subject, rows), self.placeholder)
        if self.check is None and subject is text:
            return self.pattern.subn(self.placeholder.replace("\\", r"\\"), text)
        return spliced(text, self.spans(text, subject), self.placeholder)


_ROW = re.compile(r"[0-9][0-9 ().+/-]{2,}")
_BEFORE, _AFTER = 8, 4
_SEPARATORS = dict.fromkeys(map(ord, " ().+/-"))


def rows_of_digits(text: str) -> list[Row]:
    """Return the parts of a text in which rules with `digits` can find something."""
    return [
        (max(0, found.start() - _BEFORE), min(len(text), found.end() + _AFTER),
         len(found[0].translate(_SEPARATORS)))
        for found in _ROW.finditer(text)
    ]  # fmt: skip


def spliced(text: str, spans: Iterator[Span], placeholder: str) -> tuple[str, int]:
    """Return the text with the spans replaced, and their number."""
    pieces: list[str] = []
    end = count = 0
    for start, stop in spans:
        pieces += (text[end:start], placeholder)
        end, count = stop, count + 1
    return ("".join((*pieces, text[end:])), count) if count else (text, 0)


@frozen(kw_only=True)
class OwnRule:
    """A user's pattern, matched by RE2 in linear time whatever it is."""

    name: str
    kind: str = "own"
    source: str
    needles: tuple[str, ...] = ()
    folded: bool = False
    matcher: Any = field(eq=False)

    def apply(self, text: str, subject: str) -> tuple[str, int]:  # noqa: ARG002
        """Return the text with what was found hidden, and how often that was."""
        found = (match.span() for match in self.matcher.finditer(text))
        return spliced(text, (span for span in found if span[0] < span[1]), f"[{self.name}]")


def own_rules(patterns: Mapping[str, str]) -> tuple[OwnRule, ...]:
    """Return the rules of a user's patterns; raise `SettingsError` for one that RE2 refuses."""
    if not patterns:
        return ()
    try:
        import re2
    except ImportError:
        raise SettingsError(
            ["mask_patterns needs a linear engine: pip install 'llmlog[privacy]'"]
        ) from None
    return tuple(_own(re2, name, source) for name, source in patterns.items())


def _own(re2: Any, name: str, source: str) -> OwnRule:
    options = re2.Options()
    options.log_errors = False
    try:
        return OwnRule(name=name, source=source, matcher=re2.compile(source, options))
    except re2.error as problem:
        raise SettingsError([f"mask_patterns: {name}: {problem}"]) from None
