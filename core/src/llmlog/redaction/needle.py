"""Which rules are worth trying on a text: those of whose needles one is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def _finder(rules: Sequence[tuple[tuple[str, ...], bool]], *, folded: bool) -> _OneByOne:
    owners: dict[str, set[int]] = {}
    for index, (needles, wants) in enumerate(rules):
        for needle in needles if wants is folded else ():
            owners.setdefault(needle, set()).add(index)
    if not owners:
        return _OneByOne(owners)
    try:
        import re2
    except ImportError:
        return _OneByOne(owners)
    return _Together(owners, re2)


class _OneByOne:
    def __init__(self, owners: Mapping[str, set[int]]) -> None:
        self._owners = owners

    def find(self, text: str) -> set[int]:
        """Return the rules whose needles are in the text."""
        found: set[int] = set()
        for needle, indices in self._owners.items():
            if needle in text:
                found |= indices
        return found


class _Together(_OneByOne):
    """A set of literal texts is a small automaton: it never runs out of memory."""

    def __init__(self, owners: Mapping[str, set[int]], re2: Any) -> None:
        super().__init__(owners)
        self._indices = list(owners.values())
        self._set = re2.Set.SearchSet()
        for needle in owners:
            self._set.Add(re2.escape(needle))
        self._set.Compile()

    def find(self, text: str) -> set[int]:
        """Return the rules whose needles are in the text."""
        found = self._set.Match(text)
        return set[int]().union(*(self._indices[index] for index in found)) if found else set()
