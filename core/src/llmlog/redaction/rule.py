"""A rule: what it looks for, how it makes sure, and what it writes instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from attrs import field, frozen

from llmlog.errors import SettingsError
from llmlog.redaction.view import View, shape

Kind = Literal["credential", "email", "phone", "card", "iban", "national_id", "ip"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Span = tuple[int, int]
Found = tuple[int, int] | tuple[int, int, str]
"""Where something begins and ends, and what it is if its rule finds several things."""

Check = Callable[[str, "re.Match[str]"], "Found | None"]


@frozen(kw_only=True)
class Rule:
    """One thing to find in a text.

    `needles` are texts of which one must occur for the pattern to be tried; none means always.
    `check` returns the part of a match to hide, or None for a look-alike; the next match may
    begin inside a refused one. `view` says what the pattern sees: the text; the text with ASCII
    letters in lower case; its words or its numbers alone (`llmlog.redaction.view`). With
    `shape` it is tried where that is found in the text's shape, nowhere else; with `anchored`,
    where one of the needles stands.
    """

    name: str
    kind: str
    pattern: re.Pattern[str] = field(eq=False)
    needles: tuple[str, ...] = ()
    check: Check | None = None
    view: View = "text"
    shape: re.Pattern[bytes] | None = field(default=None, eq=False)
    anchored: bool = False

    @property
    def placeholder(self) -> str:
        """Return what stands in for what was found; it says what it was, never how it read."""
        return f"[{self.name}]"

    def spans(self, text: str, subject: Any) -> Iterator[Found]:
        """Yield the parts of `text` to hide; `subject` is what the pattern sees, equally long."""
        position, check = 0, self.check
        while position >= 0:
            candidates, position = self.pattern.finditer(subject, position), -1
            for match in candidates:
                found = check(text, match) if check else match.span()
                if found:
                    yield found
                resume = found[1] if found else match.start() + 1
                if resume != match.end():
                    position = resume
                    break

    def _shaped(self, text: str, kinds: bytes, where: re.Pattern[bytes]) -> Iterator[Found]:
        position, check = 0, self.check
        while place := where.search(kinds, position):
            match = self.pattern.match(text, place.start())
            found = match and (check(text, match) if check else match.span())
            if found:
                yield found
            again = place.start() + 1 if match else place.end()
            position = found[1] if found else again

    def _anchored(self, text: str, subject: str, needles: Sequence[str]) -> Iterator[Found]:
        end, check = 0, self.check
        for place in sorted({place for needle in needles for place in places(subject, needle)}):
            match = self.pattern.match(subject, place) if place >= end else None
            found = match and (check(text, match) if check else match.span())
            if found:
                yield found
                end = found[1]

    def apply(
        self, text: str, subject: Any, needles: Sequence[str] = ()
    ) -> tuple[str, Mapping[str, int]]:
        """Return the text with what was found hidden, and how often that was, by name.

        `needles` are those of the rule's that the text has, where it is known which.
        """
        if self.anchored:
            found = self._anchored(text, subject, needles or self.needles)
            return spliced(text, found, self.name)
        if self.shape is not None:
            kinds = shape(text) if subject is text else subject
            return spliced(text, self._shaped(text, kinds, self.shape), self.name)
        if self.check is None and subject is text:
            made, count = self.pattern.subn(self.placeholder.replace("\\", r"\\"), text)
            return made, {self.name: count} if count else {}
        return spliced(text, self.spans(text, subject), self.name)


def places(text: str, needle: str) -> Iterator[int]:
    """Yield where a literal text stands in another."""
    place = text.find(needle)
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


def spliced(text: str, spans: Iterator[Found], name: str) -> tuple[str, Mapping[str, int]]:
    """Return the text with the spans replaced by their names, and the number of each."""
    pieces: list[str] = []
    counts: dict[str, int] = {}
    end = 0
    for start, stop, *own in spans:
        label = own[0] if own else name
        pieces += (text[end:start], f"[{label}]")
        counts[label] = counts.get(label, 0) + 1
        end = stop
    return ("".join((*pieces, text[end:])), counts) if counts else (text, counts)


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@frozen(kw_only=True)
class OwnRule:
    """A user's pattern, matched by RE2 in linear time whatever it is."""

    name: str
    kind: str = "own"
    source: str
    needles: tuple[str, ...] = ()
    view: View = "text"
    matcher: Any = field(eq=False)

    def apply(
        self,
        text: str,
        subject: Any,
        needles: Sequence[str] = (),  # noqa: ARG002
    ) -> tuple[str, Mapping[str, int]]:
        """Return the text with what was found hidden, and how often that was."""
        subject = text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
        found = (match.span() for match in self.matcher.finditer(subject))
        return spliced(text, (span for span in found if span[0] < span[1]), self.name)


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
