"""Which rules are worth trying on a text: those of whose needles one is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class Needles:
    """Looks for the needles of all rules at once: with RE2 in one pass, else one by one."""

    def __init__(self, needles: Sequence[tuple[str, ...]]) -> None:
        self._always = {index: () for index, wanted in enumerate(needles) if not wanted}
        self._owners: dict[str, list[int]] = {}
        for index, wanted in enumerate(needles):
            for needle in wanted:
                self._owners.setdefault(needle, []).append(index)
        self._finder = _finder(tuple(self._owners))

    def present(self, text: str) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield, in order, the rules to try, each with those of its needles that are there."""
        tried: dict[int, tuple[str, ...]] = {**self._always}
        for needle in self._finder.find(text):
            for index in self._owners[needle]:
                tried[index] = (*tried.get(index, ()), needle)
        return iter(sorted(tried.items()))


FEW = 8
"""So many searches in C cost less than one pass of RE2."""


def _finder(needles: Sequence[str]) -> _OneByOne:
    try:
        import re2
    except ImportError:
        return _OneByOne(needles)
    return _Together(needles, re2) if len(needles) > FEW else _OneByOne(needles)


class _OneByOne:
    def __init__(self, needles: Sequence[str]) -> None:
        self._needles = needles

    def find(self, text: str) -> Sequence[str]:
        """Return the needles that are in the text."""
        return [needle for needle in self._needles if needle in text]


class _Together(_OneByOne):
    """A set of literal texts is a small automaton: it never runs out of memory."""

    def __init__(self, needles: Sequence[str], re2: Any) -> None:
        super().__init__(needles)
        self._set = re2.Set.SearchSet()
        for needle in needles:
            self._set.Add(re2.escape(needle))
        self._set.Compile()

    def find(self, text: str) -> Sequence[str]:
        """Return the needles that are in the text."""
        found = self._set.Match(text.encode(errors="surrogatepass"))
        return [self._needles[index] for index in sorted(found or ())]
