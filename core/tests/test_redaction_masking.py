"""Masking, by itself: how deep it looks, what it counts, what it need not look at twice."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen

from llmlog.redaction import KINDS
from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.known import Known
from llmlog.redaction.masking import MAX_NESTING, Clean, Masking, Masks, stock_rules
from llmlog.redaction.rule import OwnRule
from llmlog.secret import Secret

MAIL = "zoe@example.com"


def masking(masks: Masks | None = None, **bounds: Any) -> Masking:
    return Masking(
        masks or Masks(kinds=frozenset(KINDS)), Budget(Bounds(**{"seconds": 600.0, **bounds}))
    )


def masked(value: Any) -> Any:
    return masking().value(value)


def own(pattern: str) -> Masks:
    return Masks(own=(OwnRule(name="own", source=pattern, matcher=re.compile(pattern)),))


def known(value: str) -> Masks:
    masks = Masks(known=Known())
    masks.known.learn([Secret(value)])
    return masks


class TestCleanTexts:
    def test_one_is_known_by_its_text_and_by_what_was_known(self) -> None:
        clean, forms = Clean(), ("value",)
        clean.add("text", forms)
        assert clean.knows("text", forms) is True
        assert clean.knows("other", forms) is False
        assert clean.knows("text", ("another",)) is False

    def test_each_takes_its_length_and_fifty_more(self) -> None:
        clean, forms = Clean(characters=2 * 60), ("value",)
        for text in ("a" * 10, "b" * 10):
            clean.add(text, forms)
        assert clean.knows("a" * 10, forms)
        assert clean.knows("b" * 10, forms)
        clean.add("c", forms)
        assert [clean.knows(text, forms) for text in ("a" * 10, "b" * 10, "c")] == [
            False, False, True,
        ]  # fmt: skip
        clean.add("d" * 70, forms)
        assert clean.knows("c", forms)

    def test_one_comes_back_as_it_is(self) -> None:
        masks = Masks(kinds=frozenset(KINDS))
        for _ in range(2):
            assert masking(masks).text("nothing here") == "nothing here"

    def test_what_is_inside_of_another_text_is_not_remembered(self) -> None:
        masks = Masks(kinds=frozenset(KINDS))
        assert masking(masks).text("nothing here", nesting=MAX_NESTING) == "nothing here"
        assert not masks.clean.knows("nothing here", masks.known.forms)


class TestShortTexts:
    def test_too_short_for_any_stock_rule_they_come_back(self) -> None:
        for text in ("", "a", "abc"):
            assert masking().text(text) == text
        assert masking().text("1::2") == "[ip]"

    @pytest.mark.parametrize("text", ["R", "R12", "R123"])
    def test_a_users_own_pattern_sees_even_the_shortest(self, text: str) -> None:
        assert masking(own(r"R\d*")).text(text) == "[own]"
        assert masking(own(r"R\d*")).value({text: [text]}) == {"[own]": ["[own]"]}


class TestNumbers:
    def test_a_users_own_pattern_sees_every_whole_one(self) -> None:
        value = [0, 4711, 10**8, -(10**8), 4711.5, True, None]
        assert masking(own(r"4711|10{8}")).value(value) == [
            0, "[own]", "[own]", "-[own]", 4711.5, True, None,
        ]  # fmt: skip

    def test_a_known_one_of_nine_digits_is_hidden(self) -> None:
        assert masking(known("100000000")).value([100_000_000]) == ["[credential:known]"]

    def test_others_stay_numbers(self) -> None:
        value = [0, 1, 12345678, 123456789, -123456789, 2**62, 0.5, True, False, None]
        made = masked(value)
        assert made == value
        assert list(map(type, made)) == list(map(type, value))


class TestKeys:
    def test_what_is_no_text_becomes_one(self) -> None:
        assert masked({1: "a", None: "b", (1, 2): "c"}) == {"1": "a", "None": "b", "[1, 2]": "c"}

    def test_those_that_become_equal_are_numbered(self) -> None:
        value = {f"{name}@example.com": name for name in "abc"}
        assert masked(value) == {"[email]": "a", "[email] 2": "b", "[email] 3": "c"}

    @pytest.mark.parametrize("empty", [None, True, False, "", [], {}, ()])
    def test_an_empty_value_under_a_telling_one_stays(self, empty: Any) -> None:
        assert masked({"password": empty}) == {"password": [] if empty == () else empty}

    def test_they_tell_only_of_the_kinds_that_are_asked_for(self) -> None:
        masks = Masks(kinds=frozenset({"email"}))
        value = {"password": "what I say", "email": "what I say"}
        assert masking(masks).value(value) == {"password": "what I say", "email": "[email]"}

    @pytest.mark.parametrize(("name", "size", "hidden"), [
        ("MAPS_KEY", 15, False), ("MAPS_KEY", 16, True), ("MAPS_KEY", 200, True), ("MAPS_KEY", 201, False),
        ("cache_key", 16, False), ("MAPS_NAME", 16, False),
    ])  # fmt: skip
    def test_of_a_key_they_tell_where_its_value_was_made_by_chance(
        self, name: str, size: int, hidden: bool
    ) -> None:
        made = ("a1-B2" * 50)[:size]
        assert masked({name: made}) == {name: "[credential]" if hidden else made}
        for other in ("what I say to you", ["what I say"], 12345, "2026-11-01T12:30:45Z"):
            assert masked({name: other}) == {name: other}
        assert masking(Masks(kinds=frozenset({"ip"}))).value({name: made}) == {name: made}

    def test_a_named_value_counts_once(self) -> None:
        made = masking()
        made.value({"password": ["a", "b"], "ssn": "c", "otherPassword": "d"})
        assert made.counts == {"credential:named": 2, "national_id:named": 1}


def test_other_objects_are_made_plain_first() -> None:
    @frozen
    class Odd:
        note: str

    assert masked([Odd(MAIL), {MAIL}]) == [{"note": "[email]"}, ["[email]"]]


class TestJSONInTexts:
    def nested(self, times: int) -> str:
        """Return a text in JSON in JSON, in which a key alone tells of something."""
        text = json.dumps({"ssn": "what I say"})
        for _ in range(times - 1):
            text = json.dumps(text)
        return text

    @pytest.mark.parametrize("times", range(1, MAX_NESTING + 1))
    def test_it_is_read_three_times_over(self, times: int) -> None:
        made: Any = masked(self.nested(times))
        for _ in range(times):
            made = json.loads(made)
        assert made == {"ssn": "[national_id]"}

    def test_and_not_a_fourth_time(self) -> None:
        text = self.nested(MAX_NESTING + 1)
        assert masked(text) == text

    def test_it_is_read_with_spaces_around(self) -> None:
        assert json.loads(masked(f" {self.nested(1)}\n")) == {"ssn": "[national_id]"}
        assert json.loads(masked('[{"ssn": "what I say"}]')) == [{"ssn": "[national_id]"}]

    def test_with_nothing_to_hide_it_stays_as_it_is_written(self) -> None:
        for text in ('{"a":1,  "b": [ 2 ]}', '{"a":1', "[what] is {this}", '"', '""', "{}", "[a]"):
            assert masked(text) == text

    def test_letters_stay_letters(self) -> None:
        assert masked(f'{{"to": "{MAIL}", "é": "ü"}}') == '{"to": "[email]", "é": "ü"}'

    def test_every_value_of_a_repeated_key_is_seen(self) -> None:
        text = f'{{"a": "{MAIL}", "a": "b", "c": ["{MAIL}"], "d": "e"}}'
        assert json.loads(masked(text)) == {"a": ["[email]", "b"], "c": ["[email]"], "d": "e"}

    def test_without_anything_to_search_for_it_is_not_read(self) -> None:
        text = f'{{"a":"{MAIL}","ssn":"known-value-1"}}'
        assert masking(known("known-value-1")).text(text) == (
            f'{{"a":"{MAIL}","ssn":"[credential:known]"}}'
        )


class TestDepth:
    """A value is at depth 0, what is in it at 1; two are allowed here."""

    @pytest.mark.parametrize(("value", "left"), [
        ([[MAIL]], [["[email]"]]), ([[[MAIL]]], [[["[hidden: depth]"]]]),
        ({"a": {"b": MAIL}}, {"a": {"b": "[email]"}}),
        ({"a": {"b": {"c": MAIL}}}, {"a": {"b": {"c": "[hidden: depth]"}}}),
    ])  # fmt: skip
    def test_values_are_counted_down(self, value: Any, left: Any) -> None:
        assert masking(depth=2).value(value) == left

    def test_a_text_in_json_begins_anew(self) -> None:
        def text(value: Any) -> Any:
            return json.loads(masking(depth=2).text(json.dumps(value)))

        assert text([[MAIL]]) == [["[email]"]]
        assert text([[[MAIL]]]) == [[["[hidden: depth]"]]]


class TestEncoded:
    guilty = b64encode(b"please write to zoe@example.com").decode()
    other = b64encode(b"my number is 4111111111111111").decode()
    harmless = b64encode(b"nothing to see here, my friend").decode()

    @pytest.mark.parametrize("form", [
        "{guilty} {harmless}", "{harmless} {guilty}", "{guilty} {other}", "{guilty}",
        "{harmless} {harmless} {guilty} {harmless} {other}",
    ])  # fmt: skip
    def test_each_part_that_tells_something_is_hidden_and_no_other(self, form: str) -> None:
        parts = {"guilty": self.guilty, "other": self.other, "harmless": self.harmless}
        hidden = {**parts, "guilty": "[hidden: encoded]", "other": "[hidden: encoded]"}
        assert masked(form.format(**parts)) == form.format(**hidden)

    def test_each_rule_counts_what_it_found_once(self) -> None:
        made = masking()
        made.text(f"{self.harmless} {self.guilty} {self.harmless} {self.other}")
        assert made.counts == {"email": 1, "card": 1}

    def test_what_is_known_is_known_in_these_encodings_without_reading_them(self) -> None:
        made = masking(known("known-value-1")).text(f"{self.guilty} known-value-1")
        assert made == f"{self.guilty} [credential:known]"


class TestCounts:
    def test_known_values_are_counted_each(self) -> None:
        made = masking(known("known-value-1"))
        made.text("known-value-1 known-value-1")
        assert made.counts == {"credential:known": 2}
        made.text("nothing")
        assert made.counts == {"credential:known": 2}

    @pytest.mark.parametrize(("value", "counts"), [
        ([[[MAIL]], [[MAIL]]], {"hidden:depth": 2}), ("x" * 101, {"hidden:length": 1}),
    ])  # fmt: skip
    def test_what_is_over_a_bound_is_counted(self, value: Any, counts: Any) -> None:
        made = masking(depth=2, text=100)
        made.value(value)
        assert made.counts == counts

    def test_what_fails_is_a_placeholder_and_counted(self, monkeypatch: Any) -> None:
        def failing(self: Masking, text: str) -> str:
            raise ValueError(text)

        monkeypatch.setattr(Masking, "_matched", failing)
        made = masking()
        assert made.text(MAIL) == "[hidden: failed]"
        assert made.counts == {"hidden:failed": 1}

    def test_what_is_spent_says_of_what(self) -> None:
        assert masking(seconds=-1.0).value([MAIL]) == ["[hidden: time]"]


def test_an_escaped_text_is_shown_as_it_reads_only_if_something_was_in_it() -> None:
    assert masked("%7Aoe%40example.com is %41") == "[email] is A"
    assert masked("%41 is A") == "%41 is A"


def test_stock_rules_are_of_the_kinds_that_are_asked_for() -> None:
    assert {rule.kind for rule in stock_rules(frozenset(KINDS))} == set(KINDS)
    assert {rule.kind for rule in stock_rules(frozenset({"ip"}))} == {"ip"}
    assert stock_rules(frozenset()) == ()


@pytest.mark.parametrize(("masks", "searching"), [
    (Masks(), False), (Masks(kinds=frozenset({"ip"})), True), (own("a"), True),
])  # fmt: skip
def test_masks_say_whether_there_is_more_than_known_values(masks: Masks, searching: bool) -> None:
    assert masks.searching is searching


def test_a_clean_past_is_not_searched_at_each_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    real: Callable[..., str] = Masking._searched

    def counting(self: Masking, text: str, nesting: int) -> str:
        searched.append(text)
        return real(self, text, nesting)

    monkeypatch.setattr(Masking, "_searched", counting)
    masks = Masks(kinds=frozenset(KINDS))
    past: list[str] = []
    for turn in range(10):
        past.append(f"what was said in turn {turn}")
        masking(masks).value(past)
    assert searched == past
