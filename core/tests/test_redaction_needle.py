"""Needles: which rules are worth trying on a text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from llmlog.redaction.needle import FEW, Needles

MANY = tuple(f"needle{letter}" for letter in "abcdefghijkl")


def found(needles: list[tuple[str, ...]], text: str) -> list[tuple[int, tuple[str, ...]]]:
    return [(index, tuple(there)) for index, there in Needles(needles).present(text)]


@pytest.mark.parametrize("others", [(), MANY], ids=["few", "many"])
def test_a_rule_is_tried_where_one_of_its_needles_is(others: tuple[str, ...]) -> None:
    rules = [("b", "c"), (), ("a",), ("c",), others or ("z",)]
    assert found(rules, "a c") == [(0, ("c",)), (1, ()), (2, ("a",)), (3, ("c",))]
    assert found(rules, "abc") == [(0, ("b", "c")), (1, ()), (2, ("a",)), (3, ("c",))]
    assert found(rules, "") == [(1, ())]


def test_what_is_tried_always_is_not_found_twice() -> None:
    needles = Needles([(), ("a",)])
    assert list(needles.present("a")) == list(needles.present("a")) == [(0, ()), (1, ("a",))]
    assert list(needles.present("")) == [(0, ())]


@pytest.mark.parametrize("without", [False, True])
def test_both_ways_of_looking_find_the_same(without: bool, without_re2: Callable[[], None]) -> None:
    if without:
        without_re2()
    text = "needleb needlel needlea é \udc80"
    assert found([(each,) for each in MANY], text) == [
        (0, ("needlea",)), (1, ("needleb",)), (11, ("needlel",))]  # fmt: skip
    assert found([(each,) for each in MANY], "haystack") == []


def test_many_needles_are_looked_for_together_and_few_one_by_one(
    without_re2: Callable[[], None],
) -> None:
    pytest.importorskip("re2")

    def way(count: int) -> str:
        return type(Needles([(f"n{number}",) for number in range(count)])._finder).__name__

    assert (way(FEW), way(FEW + 1)) == ("_OneByOne", "_Together")
    without_re2()
    assert way(FEW + 1) == "_OneByOne"
