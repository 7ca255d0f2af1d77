"""Which rules are worth trying on a text: those of whose needles one is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class Needles:
    """Looks for the needles of all rules at once: with RE2 in one pass, else one by one."""

    def __init__(self, rules: Sequence[tuple[tuple[str, ...], bool]]) -> None:
        self._always = {index for index, (needles, _) in enumerate(rules) if not needles}
        self._finders = [_finder(rules, folded=False), _finder(rules, folded=True)]

    def present(self, text: str, folded: str) -> Iterator[int]:
        """Yield, in order, the rules to try."""
        plain_finder, folded_finder = self._finders
        return iter(sorted(self._always | plain_finder.find(text) | folded_finder.find(folded)))


def _finder(rules: Sequence[tuple[tuple[str, ...], bool]], *, folded: bool) -> Any:
    pairs = [(needle, index) for index, (needles, wants) in enumerate(rules)
             for needle in needles if wants is folded]  # fmt: skip
    try:
        import re2
    except ImportError:
        return _OneByOne(pairs)
    return _Together(pairs, re2) if pairs else _OneByOne(pairs)


class _OneByOne:
    def __init__(self, pairs: Sequence[tuple[str, int]]) -> None:
        self._pairs = pairs

    def find(self, text: str) -> set[int]:
        """Return the rules whose needles are in the text."""
        return {index for needle, index in self._pairs if needle in text}


class _Together:
    """A set of literal texts is a small automaton: it never runs out of memory."""

    def __init__(self, pairs: Sequence[tuple[str, int]], re2: Any) -> None:
        self._owners = [index for _, index in pairs]
        self._set = re2.Set.SearchSet()
        for needle, _ in pairs:
            self._set.Add(re2.escape(needle))
        self._set.Compile()

    def find(self, text: str) -> set[int]:
        """Return the rules whose needles are in the text."""
        return {self._owners[found] for found in self._set.Match(text) or ()}
