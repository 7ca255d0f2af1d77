"""Rules, stages and vendors' forms, by themselves: what is hidden, counted and asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from llmlog.errors import SettingsError
from llmlog.redaction import vendor
from llmlog.redaction.rule import OwnRule, Rule, _own, own_rules, places, spliced
from llmlog.redaction.stage import _subject, folded, stages_of


def rule(pattern: str, **parts: Any) -> Rule:
    return Rule(**{"name": "x", "kind": "own", "pattern": re.compile(pattern), **parts})


class Same:
    """A text that equals another and is not that one: what a view makes of a text."""

    @staticmethod
    def of(text: str) -> str:
        return "".join(list(text))


class TestSpans:
    def test_a_refused_match_is_tried_again_one_character_on(self) -> None:
        asked: list[int] = []

        def check(text: str, found: re.Match[str]) -> tuple[int, int] | None:
            asked.append(found.start())
            return found.span() if found.start() == 2 else None

        assert rule("aa", check=check).apply("aaaaaa", "aaaaaa") == ("aa[x]aa", {"x": 1})
        assert asked == [0, 1, 2, 4]

    def test_one_refused_at_the_beginning_is_not_tried_twice(self) -> None:
        asked: list[int] = []

        def check(text: str, found: re.Match[str]) -> None:
            asked.append(found.start())

        for text, starts in ("ab", [0]), ("xab", [1]), ("aXab", [0, 2]):
            asked.clear()
            assert rule("ab?", check=check).apply(text, text) == (text, {})
            assert asked == starts

    def test_one_taken_in_part_goes_on_behind_the_part(self) -> None:
        first = rule("aaa", check=lambda text, found: (found.start(), found.start() + 1))
        assert first.apply("aaaa", "aaaa") == ("[x][x]aa", {"x": 2})

    def test_one_found_longer_than_it_matched_goes_on_behind_it(self) -> None:
        longer = rule("a", check=lambda text, found: (found.start(), found.end() + 1))
        assert longer.apply("aaaa", "aaaa") == ("[x][x]", {"x": 2})

    def test_what_is_seen_need_not_be_the_text(self) -> None:
        assert rule("a").apply("AbA", "aba") == ("[x]b[x]", {"x": 2})
        assert rule("a").apply("aba", Same.of("aba")) == ("[x]b[x]", {"x": 2})

    def test_a_place_that_was_refused_is_not_passed_whole(self) -> None:
        def check(text: str, found: re.Match[str]) -> tuple[int, int] | None:
            return found.span() if found[0] == "23" else None

        shaped = rule("[0-9]{2}", shape=re.compile(b"00"), check=check)
        assert shaped.apply("1234", "1234") == ("1[x]4", {"x": 1})

    def test_a_shape_says_where_to_look(self) -> None:
        shaped = rule("[A-Z][0-9]", shape=re.compile(b"a0"))
        assert shaped.apply("A1 b2 C3", b"a0 a0 a0") == ("[x] b2 [x]", {"x": 2})
        refusing = rule("[A-Z]+", shape=re.compile(b"a"),
                        check=lambda text, found: found.span() if found.start() else None)  # fmt: skip
        assert refusing.apply("AB", b"aa") == ("A[x]", {"x": 1})

    def test_a_name_is_no_pattern(self) -> None:
        named = rule("a", name=r"\1")
        assert named.apply(*(["a"] * 2)) == ("[\\1]", {r"\1": 1})
        assert named.placeholder == r"[\1]"


class TestAnchored:
    def test_it_is_tried_at_its_needles_alone_in_order(self) -> None:
        anchored = rule("[ab]c", needles=("b", "a"), anchored=True)
        assert anchored.apply("bc ac cc", "bc ac cc") == ("[x] [x] cc", {"x": 2})
        assert anchored.apply("bc ac", "bc ac", ("b",)) == ("[x] ac", {"x": 1})

    def test_a_needle_at_the_very_beginning_counts(self) -> None:
        anchored = rule("a+", needles=("a",), anchored=True)
        assert anchored.apply("aa", "aa") == ("[x]", {"x": 1})

    def test_what_was_found_is_not_searched_again_and_what_is_behind_it_is(self) -> None:
        anchored = rule("a.", needles=("a",), anchored=True)
        assert anchored.apply("aaaa", "aaaa") == ("[x][x]", {"x": 2})
        assert anchored.apply("aab", "aab") == ("[x]b", {"x": 1})

    def test_its_check_has_the_last_word(self) -> None:
        def check(text: str, found: re.Match[str]) -> tuple[int, int] | None:
            return (found.start(), found.end() - 1) if text[found.end() - 1] == "1" else None

        anchored = rule("a.", needles=("a",), anchored=True, check=check)
        assert anchored.apply("a1 a2 b1", "a1 a2 b1") == ("[x]1 a2 b1", {"x": 1})


def test_places_are_all_there_are() -> None:
    assert list(places("aaaa", "aa")) == [0, 1, 2]
    assert list(places("ab ab", "b")) == [1, 4]
    assert list(places("", "a")) == []


def test_spans_become_their_names_and_are_counted() -> None:
    made = spliced("0123456", iter([(1, 2), (3, 5, "y"), (5, 6, "y")]), "x")
    assert made == ("0[x]2[y][y]6", {"x": 1, "y": 2})
    assert spliced("0123", iter([(0, 4)]), "x") == ("[x]", {"x": 1})
    assert spliced("0123", iter(()), "x") == ("0123", {})


class TestOwnRules:
    def test_an_empty_match_hides_nothing(self) -> None:
        own = OwnRule(name="own", source="", matcher=re.compile("x*"))
        assert own.apply("axxb", "") == ("a[own]b", {"own": 1})
        assert own.apply("ab", "") == ("ab", {})

    def test_a_lone_surrogate_is_any_character(self) -> None:
        own = OwnRule(name="own", source="", matcher=re.compile("[\ufffdé]"))
        assert own.apply("a\udc80é", "") == ("a[own][own]", {"own": 2})
        assert own.apply("\ud800", "") == ("[own]", {"own": 1})
        assert (
            OwnRule(name="own", source="", matcher=re.compile("b")).apply("abc", "")[0] == "a[own]c"
        )

    def test_none_is_none_and_needs_no_engine(self, without_re2: Callable[[], None]) -> None:
        without_re2()
        assert own_rules({}) == ()

    def test_each_is_called_by_its_name(self) -> None:
        pytest.importorskip("re2")
        (first, second) = own_rules({"one": "a", "two": "b+"})
        assert (first.name, first.source, second.name, second.source) == ("one", "a", "two", "b+")
        assert second.apply("abb", "") == ("a[two]", {"two": 1})

    def test_a_wrong_one_is_an_error_and_no_line_in_anybodys_log(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        re2 = pytest.importorskip("re2")
        with pytest.raises(SettingsError, match="mask_patterns: own: "):
            _own(re2, "own", "(unclosed")
        assert capfd.readouterr().err == ""


class TestStages:
    def applied(self, rules: Sequence[Rule], text: str) -> tuple[str, dict[str, int]]:
        counts: Counter[str] = Counter()
        for stage in stages_of(rules):
            text = stage.apply(text, counts, lambda: None)
        return text, dict(counts)

    def test_rules_in_a_row_with_one_view_are_one(self) -> None:
        views = ("text", "text", "word", "text")
        rules = tuple(rule("a", view=each) for each in views)
        assert [(stage.view, len(stage.rules)) for stage in stages_of(rules)] == [
            ("text", 2), ("word", 1), ("text", 1),
        ]  # fmt: skip

    def test_each_rule_sees_what_the_one_before_left(self) -> None:
        rules = (rule("a", name="one"), rule("one", name="two"))
        assert self.applied(rules, "a b") == ("[[two]] b", {"one": 1, "two": 1})

    @pytest.mark.parametrize("view", ["text", "folded", "shape", "word", "number"])
    def test_a_text_in_which_nothing_is_found_comes_back_itself(self, view: Any) -> None:
        for text in ("short", "1234567 and a word that is long: " + "x" * 40):
            shape = re.compile(b"nowhere") if view == "shape" else None
            (stage,) = stages_of((rule("nowhere", view=view, shape=shape),))
            assert stage.apply(text, Counter(), lambda: None) is text

    def test_small_letters_are_seen_and_the_text_is_written(self) -> None:
        rules = (rule("key", name="one", view="folded", needles=("key",)),
                 rule("b", name="two", view="folded"))  # fmt: skip
        assert self.applied(rules, "A KEY B") == ("A [one] [two]", {"one": 1, "two": 1})
        assert self.applied(rules, "Ä KEY B") == ("Ä [one] [two]", {"one": 1, "two": 1})

    def test_needles_are_looked_for_as_the_text_has_them(self) -> None:
        assert self.applied((rule("KEY", needles=("KEY",)),), "A KEY") == ("A [x]", {"x": 1})
        assert self.applied((rule("KEY", needles=("key",)),), "A KEY") == ("A KEY", {})

    def test_a_shape_is_seen_anew_after_each_finding(self) -> None:
        rules = (rule("[A-Z]{2}0", name="longer", view="shape", shape=re.compile(b"aa0")),
                 rule("[A-Z]1", name="x", view="shape", shape=re.compile(b"a0")))  # fmt: skip
        assert self.applied(rules, "AB0 C1") == ("[longer] [x]", {"longer": 1, "x": 1})

    def test_parts_that_are_searched_come_back_in_their_places(self) -> None:
        word = "x" * 20
        made = self.applied((rule("x{20}", view="word"),), f"a {word} b {word}, c")
        assert made == ("a [x] b [x], c", {"x": 2})
        assert self.applied((rule(".", view="word"),), "a b c") == ("a b c", {})

    def test_the_time_is_asked_before_each_rule_that_is_tried(self) -> None:
        asked: list[None] = []
        (stage,) = stages_of((rule("a"), rule("b", needles=("b",)), rule("c", needles=("c",))))
        stage.apply("a b", Counter(), lambda: asked.append(None))
        assert len(asked) == 2

    def test_each_view_is_of_equal_length(self) -> None:
        text = "aB1 Äİ\udc80😀"
        assert _subject("text", text) is text
        assert _subject("word", text) is text
        assert _subject("folded", text) == folded(text) == "ab1 Äİ\udc80😀"
        assert _subject("shape", text) == b"aa0 xxxx"
        assert folded("AZ") == "az"


class TestTheTable:
    def test_a_row_is_a_rule_for_each_beginning(self) -> None:
        made = list(vendor._rules("\nacme c <A>{3} ac_ a.c-\n\nother v <H>{2}<W>{2} ot_\n"))
        assert [(each.name, each.needles) for each in made] == [
            ("credential:acme", ("ac_",)), ("credential:acme", ("a.c-",)), ("credential:other", ("ot_",)),
        ]  # fmt: skip
        assert {(each.kind, each.view) for each in made} == {("credential", "word")}
        first, second, third = (each.pattern for each in made)
        assert first.fullmatch("ac_aB3")
        assert not first.fullmatch("ac_a-3")
        assert second.fullmatch("a.c-aB3")
        assert not second.fullmatch("abc-aB3")
        assert third.fullmatch("ot_0f_-")
        assert not third.fullmatch("ot_0g_-")
        assert first.search("xac_aB3")

    def test_a_mark_says_that_nothing_stands_before(self) -> None:
        (alone,) = vendor._rules("acme c !<A>{3} ac_")
        assert alone.pattern.fullmatch("ac_aB3")
        assert alone.pattern.search("-ac_aB3")
        for before in "x1Z":
            assert not alone.pattern.search(f"{before}ac_aB3")

    def test_a_shape_is_a_rule(self) -> None:
        made = vendor._shaped("acme", r"\w{3}!", ("!",), vendor._random)
        assert (made.name, made.kind, made.needles, made.view) == (
            "credential:acme", "credential", ("!",), "word",
        )  # fmt: skip
        assert made.check is vendor._random
        assert made.pattern.fullmatch("ab1!")
        assert not made.pattern.search("abé!")


class TestVendorChecks:
    def whole(self, before: str, most: int, text: str) -> str | None:
        found = re.compile("!+").search(text)
        assert found
        span = vendor._whole(before, most)(text, found)
        return span and text[slice(*span[:2])]

    @pytest.mark.parametrize(("text", "whole"), [
        ("!", "!"), ("ab1!", "ab1!"), ("a b!", "b!"), ("a_b!", "a_b!"), ("a-b!", "b!"), ("é!", "!"),
        ("日ab!!", "ab!!"), ("abcdef!", "bcdef!"), ("abcde!", "abcde!"), (" abcd!", "abcd!"), ("a\u0661b!", "b!"),
    ])  # fmt: skip
    def test_what_stands_before_belongs_to_it(self, text: str, whole: str) -> None:
        assert self.whole("_", 5, text) == whole
        assert self.whole("_", 5, f"{text} ") == whole

    def test_nothing_before_may_belong_to_it(self) -> None:
        assert self.whole("", 0, "ab!") == "!"

    @pytest.mark.parametrize(("text", "random"), [
        ("AB2CD3", True), ("ABCD23", False), ("ABCDEF", False), ("2A3A4", True), ("A7", False),
    ])  # fmt: skip
    def test_base32_has_digits_in_two_places(self, text: str, random: bool) -> None:
        found = re.compile(".*").match(text)
        assert found
        assert vendor._random(text, found) == (found.span() if random else None)

    @pytest.mark.parametrize(("text", "opaque"), [
        ("eyJhIjoxfQ==", False), ("eyJhIjoxfQ", False), ("eyJhIjoxMn0=", False), ("eyJhIjoxMjN9", False),
        ("eyJhIjoxMjN9X", False), ("eyJ//////w==", True), ("eyJ__/+-w", True), ("eyJhIjoi+/+/", True),
        ("eyJhIjoiw7wifQ", False), ("eyJhIjoixxxifQ", True), ("eyJ=hIjoxfQ", False),
    ])  # fmt: skip
    def test_what_begins_as_json_and_cannot_be_read_is_sealed(
        self, text: str, opaque: bool
    ) -> None:
        found = re.compile(".*").match(text)
        assert found
        assert vendor._opaque(text, found) == (found.span() if opaque else None)
