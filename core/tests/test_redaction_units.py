"""The parts of redaction, each by itself: sums, views, forms, budgets, names, rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve

from llmlog.errors import SettingsError
from llmlog.message import Media, Message, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.redaction import KINDS, Policy, check, form, view
from llmlog.redaction.assignment import ASSIGNMENT_RULES
from llmlog.redaction.budget import Bounds, Budget, Spent
from llmlog.redaction.hiding import HIDDEN, without_content
from llmlog.redaction.known import FEW, Known, secrets_in
from llmlog.redaction.masking import Masking, Masks, stock_rules
from llmlog.redaction.name import is_token_of_text, kind_of
from llmlog.redaction.pseudonym import pseudonym
from llmlog.redaction.rule import Rule, own_rules, places, spliced
from llmlog.redaction.stage import folded, stages_of
from llmlog.redaction.vendor import VENDOR_RULES
from llmlog.redaction.walk import envelope, texts_of
from llmlog.secret import Secret
from llmlog.testing import sample

MASKS = Masks(kinds=frozenset(KINDS))


def masked(value: Any) -> Any:
    return Masking(MASKS, Budget()).value(value)


GOOD: dict[Callable[[str], bool], Sequence[str]] = {
    check.luhn: ("4111111111111111", "79927398713", "9317579012136687", "18"),
    check.verhoeff: ("234123412346", "358869122736", "470876103009"),
    check.pesel: ("44051401359", "85100590996", "36121882401"),
    check.nir: ("295109912611193", "161062A24627445", "194102B12018065"),
    check.china: ("11010519491231002X", "110105195206103300", "110105198308034178"),
    check.cpf: ("52998224725", "11119348358", "18780002099"),
    check.norway: ("26086524340", "19090755121"),
    check.turkey: ("14643923114", "51629191464"),
    check.romania: ("1090126125785", "5050504407983", "6810506016101"),
    check.south_africa: ("7801289603015", "8802220784061"),
    check.czechia: ("8101250322", "9109274097", "9807177920"),
    check.switzerland: ("7562411330334", "7565196052972"),
    check.belgium: ("71101598430", "06072736695"),
    check.finland: ("210926-0471", "190682A854T"),
    check.spain: ("12345678Z", "X1234567L", "Y1234567X", "Z1234567R"),
    check.card: ("4111111111111111", "5500000000000004", "378282246310005", "6011000990139424",
                 "213178397052322", "180000000000002", "4222222222222", "30569309025904",
                 "3530111333300000", "2223003122003222", "6759649826438453", "4000000000000000006"),
}  # fmt: skip


@pytest.mark.parametrize(("judge", "number"), [
    (judge, number) for judge, numbers in GOOD.items() for number in numbers
], ids=lambda each: getattr(each, "__name__", each))  # fmt: skip
class TestSums:
    def test_a_right_number_is_right(self, judge: Callable[[str], bool], number: str) -> None:
        assert judge(number) is True

    def test_nearly_every_wrong_digit_is_noticed(
        self, judge: Callable[[str], bool], number: str
    ) -> None:
        changed = [number[:at] + digit + number[at + 1 :] for at in range(len(number))
                   for digit in "0123456789" if number[at].isdigit() and digit != number[at]
                   and number[at + 1 : at + 2] not in ("A", "B")]  # fmt: skip
        unnoticed = [each for each in changed if judge(each)]
        assert len(unnoticed) <= len(changed) // 8

    def test_not_every_number_is_right(self, judge: Callable[[str], bool], number: str) -> None:
        worse = number[:-2] + ("00" if number[-2:] != "00" else "11")
        worst = [worse, number[:-1] + "8", number[:-1] + "7"]
        assert not all(map(judge, worst))


@pytest.mark.parametrize("wrong", [
    "44133401359", "44051401350", "00000000000",
])  # fmt: skip
def test_a_pesel_has_a_day_and_a_month(wrong: str) -> None:
    assert not check.pesel(wrong)


@pytest.mark.parametrize(("text", "good"), [
    ("3101", True), ("0112", True), ("0001", False), ("3201", False), ("0100", False), ("0113", False),
])  # fmt: skip
def test_a_date_is_one(text: str, good: bool) -> None:
    assert check.dated(text[:2], text[2:]) is good
    assert check.denmark(text + "991234") is good


def test_a_sum_that_no_digit_can_end_is_never_right() -> None:
    """Norway's first check digit cannot be ten; days from 41 are D-numbers."""
    assert (
        sum(check.norway(f"{day:02}01000{rest:04}") for day in (1, 41) for rest in range(10_000))
        > 0
    )
    for day in (0, 32, 40, 72):
        assert not any(check.norway(f"{day:02}01000{rest:04}") for rest in range(10_000))
    for month in (0, 13):
        assert not any(check.norway(f"01{month:02}000{rest:04}") for rest in range(10_000))


@pytest.mark.parametrize("judge, pattern", [
    (check.pesel, "44{:02}{:02}0135{}"), (check.czechia, "81{:02}{:02}032{}"),
])  # fmt: skip
def test_months_that_there_are_not_are_refused(judge: Callable[[str], bool], pattern: str) -> None:
    def possible(month: int, day: int) -> bool:
        return any(judge(pattern.format(month, day, last)) for last in range(10))

    assert possible(1, 1)
    assert possible(12, 31)
    assert not possible(0, 1)
    assert not possible(13, 1)
    assert not possible(1, 0)
    assert not possible(1, 32)


def test_a_french_number_has_a_month() -> None:
    def possible(month: int) -> bool:
        return any(check.nir(f"185{month:02}78006084{key:02}") for key in range(1, 98))

    assert [month for month in range(100) if possible(month)] == [*range(1, 13), *range(20, 100)]


def test_a_south_african_number_says_citizen_or_resident() -> None:
    assert not any(
        check.south_africa(f"7801289603{kind}1{last}")
        for kind in "23456789"
        for last in "0123456789"
    )


def test_a_chinese_number_has_a_century() -> None:
    assert not any(
        check.china(f"110105{century}49123100{last:02}")
        for century in (17, 21)
        for last in range(100)
    )
    assert any(
        check.china(f"110105{18}4912310{last:02}"[:17] + each)
        for last in range(10)
        for each in "0123456789X"
    )


@pytest.mark.parametrize(("text", "length"), [
    ("GB82WEST12345698765432", 22), ("GB82 WEST 1234 5698 7654 32", 27), ("gb82west12345698765432", 22),
    ("GB82-WEST-1234-5698-7654-32 more", 27), ("DE89370400440532013000", 22), ("NO9386011117947", 15),
    ("MT84MALT011000012345MTLCAST001S", 31), ("GB82WEST12345698765433", None), ("GB82WEST1234569876543", None),
    ("ZZ82WEST12345698765432", None), ("GB13MMGT2332146881973", 21), ("gb13mmgt2332146881973", None),
    ("GB13 MMGT 2332 1468 8197 3", None), ("GB13MMGT2332146881973x", None), ("GB13MMGT2332146881973 x", 21),
    ("GB13MMGT2332146881974", None), ("", None),
])  # fmt: skip
def test_an_iban_is_as_long_as_its_country_says_or_one_row(text: str, length: int | None) -> None:
    assert check.iban_length(text) == length


class TestViews:
    def test_a_shape_has_a_byte_for_each_character(self) -> None:
        assert view.shape("aZ09 .-+()/,é日\n") == b"aa00 .-----xxxx"
        assert len(view.shape("\udc80😀")) == 2

    @pytest.mark.parametrize(("text", "inside"), [
        ("short words only", None), ("x" * 14, None), ("x" * 15, "x" * 15),
        (f"a {'x' * 20} b {'y' * 15}, c", f"{'x' * 20}\0{'y' * 15}"), ("日" * 20, None),
        ("a_=%\\+/.$~|:!-" + "b", "a_=%\\+/.$~|:!-b"), ("x" * 15 + "\0", "x" * 15 + "\0"),
    ])  # fmt: skip
    def test_words_are_long(self, text: str, inside: str | None) -> None:
        parts = view.PARTS["word"](text)
        assert (parts and parts.inside) == inside
        assert parts is None or parts.around(parts.inside) == text

    @pytest.mark.parametrize(("text", "inside"), [
        ("now 123456 here", None), ("no 1234567 herein", "no 1234567 here"), ("ab 12 34 56 c", "ab 12 34 56 c"),
        ("AB123456C", "AB123456C"), ("ABC123456C", None), ("A 123456", None), ("10.0.0.7", "10.0.0.7"), ("1.2.3 is", None),
        ("it is 0.123456789, so", None), ("it is +0.123456789, so", "it is +0.123456789, so"),
        ("so it is 0.123456789z", "so it is 0.123456789z"), ("1.23 456 789", "1.23 456 789"),
        ("0.12345", None), ("12-34-56-78", "12-34-56-78"), ("1+2+3+4+5+6+7", "1+2+3+4+5+6+7"),
        ("1" * 7 + "x" * 40 + "2" * 7, "1111111xxxx\0xxxxxxxxxxxx2222222"),
        ("1" * 7 + "x" * 16 + "2" * 7, "1111111xxxxxxxxxxxxxxxx2222222"),
        ("1" * 7 + "x" * 17 + "2" * 7, "1111111xxxx\0xxxxxxxxxxxx2222222"),
    ])  # fmt: skip
    def test_rows_of_digits_come_with_what_is_near(self, text: str, inside: str | None) -> None:
        parts = view.PARTS["number"](text)
        assert (parts and parts.inside) == inside
        assert parts is None or parts.around(parts.inside) == text

    def test_of_many_digits_next_to_a_letter_more_is_near(self) -> None:
        for digits, near in ((11, 16), (12, 128)):
            for text in (
                f"{'.' * 99}a{'1' * digits}{',' * 99}",
                f"{'.' * 99}{'1' * digits}a{',' * 99}",
            ):
                parts = view.PARTS["number"](text)
                assert parts
                assert len(parts.inside) == near + digits, text
        parts = view.PARTS["number"](f"{'.' * 99}{'1' * 12} a{',' * 99}")
        assert parts
        assert len(parts.inside) == 12 + 13 + 4

    def test_what_changes_inside_comes_out_in_its_place(self) -> None:
        parts = view.PARTS["word"](f"<{'x' * 15}> <{'y' * 15}>")
        assert parts
        assert parts.around("1\x002") == "<1> <2>"
        assert parts.outside == ("<", "> <", ">")

    def test_blobs_begin_where_their_letters_do(self) -> None:
        text = f"it {'a' * 23} {'b' * 24}=, {'c' * 23}_\n{'d' * 30}"
        assert [text[start] for start in view.starts_of_blobs(text)] == ["b", "c", "d"]


class TestForms:
    def test_a_blob_goes_on_over_line_breaks(self) -> None:
        lines = f"{'a' * 24}\n{'b' * 5}\r\n{'c' * 9}=="
        assert [found[0] for found in form.blobs(f"x {lines} y {'d' * 24}")] == [lines, "d" * 24]

    def test_hexadecimal_and_base64_are_read(self) -> None:
        assert form.decoded("7a6f65406578616d706c652e636f6d") == b"zoe@example.com"
        assert form.decoded("em9lQGV4YW1wbGUuY29t") == b"zoe@example.com"
        assert form.decoded("em9lQGV4YW1wbGUuY29tIQ==") == b"zoe@example.com!"
        assert form.decoded("em9lQGV4\nYW1wbGUuY29tI") == b"zoe@example.com"
        assert form.decoded("_-_-") == b"\xff\xef\xfe"

    def test_what_can_be_read_in_bytes_are_rows_of_six(self) -> None:
        assert form.readable([b"12345", b"123456", b"abcdefg"]) == "123456\n\nabcdefg"
        assert form.readable([b"\x80abcdef\x81", "größe 1".encode()]) == "abcdef\n\ngröße 1"
        assert form.readable([b"abc", b"def"]) == ""
        assert form.readable([b"a\x00b\x00c\x00d\x00e\x00f\x00"]) == "abcdef"
        assert form.readable([b"line\nline\ttab"]) == "line\nline\ttab"

    @pytest.mark.parametrize(("text", "read"), [
        (r"\u0061\x62", "ab"), ("%61", "a"), ("&#97;", "a"), ("a\x00b\x1b[31mc", "abc"),
        ("a\u200bb", "ab"), ("\uff41", "a"), ("\u0661", "1"), ("%2561", "a"), ("\u3164a", "a"),
    ])  # fmt: skip
    def test_escapes_are_undone_as_often_as_needed(self, text: str, read: str) -> None:
        assert list(form.other_forms(text))[-1] == read

    def test_a_text_that_would_grow_beyond_measure_is_not_read(self) -> None:
        with pytest.raises(Spent, match="length"):
            form.plain_characters("\ufdfa" * 120_000)
        assert len(form.plain_characters("\ufdfa" * 100_000)) == 1_800_000
        assert form.plain_characters("é" * 120_000) == "é" * 120_000

    def test_what_has_no_other_form_yields_none(self) -> None:
        assert list(form.other_forms("plain")) == []
        assert len(list(form.other_forms("%25252525252561"))) == form.ROUNDS


class TestBudget:
    def test_each_bound_is_the_last_that_passes(self) -> None:
        clock = [0.0]
        budget = Budget(
            Bounds(seconds=2.0, characters=10, text=6, values=2, depth=3), lambda: clock[0]
        )
        budget.take_text("x" * 6)
        budget.take_text("x" * 4)
        with pytest.raises(Spent, match="size"):
            budget.take_text("x")
        with pytest.raises(Spent, match="length"):
            budget.take_text("x" * 7)
        budget.take_value(3)
        budget.take_value(0)
        with pytest.raises(Spent, match="count"):
            budget.take_value(0)
        with pytest.raises(Spent, match="depth"):
            budget.take_value(4)
        clock[0] = 2.0
        budget.check_time()
        clock[0] = 2.1
        with pytest.raises(Spent, match="time"):
            budget.check_time()
        with pytest.raises(Spent, match="time"):
            Budget(Bounds(seconds=-1.0), lambda: 0.0).take_text("")

    def test_the_bounds_are_those_that_are_documented(self) -> None:
        assert Bounds() == Bounds(seconds=1.0, characters=16 * 1024**2, text=2 * 1024**2,
                                  values=200_000, depth=64)  # fmt: skip


class TestRules:
    def test_spans_go_on_inside_of_what_was_refused(self) -> None:
        rule = Rule(name="x", kind="own", pattern=re.compile("aXa"),
                    check=lambda text, found: found.span() if found.start() else None)  # fmt: skip
        assert rule.apply("aXaXa", "aXaXa") == ("aX[x]", {"x": 1})

    def test_spans_go_on_behind_what_was_taken(self) -> None:
        rule = Rule(name="x", kind="own", pattern=re.compile("ab?"),
                    check=lambda text, found: (found.start(), found.start() + 1))  # fmt: skip
        assert rule.apply("abab", "abab") == ("[x]b[x]b", {"x": 2})

    def test_a_rule_without_a_check_says_how_often(self) -> None:
        rule = Rule(name=r"a\1", kind="own", pattern=re.compile("b+"))
        assert rule.apply("abba b", "abba b"[:]) == (r"a[a\1]a [a\1]", {r"a\1": 2})
        assert rule.apply("none", "none") == ("none", {})
        text = "abb"
        assert rule.apply(text, text) == (r"a[a\1]", {r"a\1": 1})

    def test_an_anchored_rule_is_tried_at_its_needles_alone(self) -> None:
        rule = Rule(
            name="x", kind="own", pattern=re.compile("[abc]+"), needles=("a", "b"), anchored=True
        )
        assert rule.apply("cabc b cc", "cabc b cc") == ("c[x] [x] cc", {"x": 2})
        assert rule.apply("cabc b cc", "cabc b cc", ("b",)) == ("ca[x] [x] cc", {"x": 2})
        refusing = evolve(rule, check=lambda text, found: None)
        assert refusing.apply("abab", "abab") == ("abab", {})

    def test_places_may_overlap(self) -> None:
        assert list(places("aaaa", "aa")) == [0, 1, 2]
        assert list(places("b", "a")) == []

    def test_several_things_are_counted_by_name(self) -> None:
        assert spliced("abcd", iter([(0, 1), (1, 2, "y"), (2, 3)]), "x") == (
            "[x][y][x]d",
            {"x": 2, "y": 1},
        )

    def test_a_stage_keeps_order_and_asks_for_the_time(self) -> None:
        asked: list[None] = []
        first = Rule(name="one", kind="own", pattern=re.compile("a"))
        second = Rule(name="two", kind="own", pattern=re.compile("one"), needles=("one",))
        third = Rule(name="three", kind="own", pattern=re.compile("B"), view="folded")
        stages = stages_of((first, second, third))
        assert [stage.view for stage in stages] == ["text", "folded"]
        counts: Counter[str] = Counter()
        assert stages[0].apply("aB", counts, lambda: asked.append(None)) == "[one]B"
        assert (counts, len(asked)) == ({"one": 1}, 1)
        assert stages[1].apply("aB", counts, lambda: None) == "aB"

    def test_letters_are_folded_and_the_length_stays(self) -> None:
        assert folded("AZaz") == "azaz"
        assert folded("AZÄİ") == "azÄİ"
        assert folded("AZÄ@[") == "azÄ@["

    def test_own_patterns_see_lone_surrogates_as_anything(self) -> None:
        pytest.importorskip("re2")
        (rule,) = own_rules({"order": r"ORD-\d+"})
        assert rule.apply("\udc80 ORD-12 é", "") == ("\udc80 [order] é", {"order": 1})
        assert own_rules({}) == ()
        with pytest.raises(SettingsError, match="order"):
            own_rules({"order": "("})

    def test_kinds_choose_rules(self) -> None:
        assert {rule.kind for rule in stock_rules(frozenset({"card", "ip"}))} == {"card", "ip"}
        assert not Masks().searching
        assert Masks(kinds=frozenset({"ip"})).searching


@pytest.mark.parametrize(("text", "left"), [
    ("call me: 9846287346!", "call me: [phone]!"), ("Phone 570 276 161.", "Phone [phone]."),
    ("тел 9846287346", "тел 9846287346"), ("phone 123456", "phone 123456"), ("fax: 1234567", "fax: [phone]"),
    ("mobile +91 98462 87346", "mobile [phone]"), ("电话：9846287346", "电话：[phone]"),
    ("phone 4111 1111 1111 1111", "phone [card]"), ("phone 1234567890123456", "phone 1234567890123456"),
    ("tel: 02079460958", "tel: [phone]"), ("in 02079460958.", "in [phone]."), ("0161 496 0369.", "[phone]."),
    ("(0161)4960369", "[phone]"), ("13978397052,", "[phone],"), ("63 6392-3321", "[phone]"),
    ("32 146 88 19", "[phone]"), ("570-276-161", "[phone]"), ("0012345", "0012345"), ("12345678901234", "12345678901234"),
    ("900-64-5899", "[national_id:us_itin]"), ("900-40-5899", "900-40-5899"), ("ZZ 14 68 81 T", "[national_id:gb_nino]"),
    ("1 61 06 2A 246 274 45", "[national_id:fr_nir]"), ("161062A24627445", "[national_id:fr_nir]"),
    ("52998224725", "[national_id:br_cpf]"), ("26086524340", "[national_id:no]"), ("14643923114", "[national_id:tr]"),
    ("1090126125785", "[national_id:ro]"), ("7801289603015", "[national_id:za]"), ("210926-0471", "[national_id:fi]"),
    ("810125/0322", "[national_id:cz]"), ("756.2411.3303.34", "[national_id:ch]"), ("71.10.15-984.30", "[national_id:be]"),
    ("010190-1234", "[national_id:dk]"), ("213178397052322", "[card]"), ("4222222222222", "[card]"),
    ("d41d8cd98f4111111111111111ecf842", "d41d8cd98f4111111111111111ecf842"),
    ("datadog_api = 0123456789abcdef0123456789abcdef", "datadog_api = [credential:vendor]"),
    ("dropbox: the quick brown fox", "dropbox: the quick brown fox"), ("twitter: abcdefghijklmnopqrst", "twitter: abcdefghijklmnopqrst"),
    ("okta_org = example-company-name-12", "okta_org = example-company-name-12"),
    ("[credential:1password]", "[credential:1password]"), ("2001:db8:0:0:0:0:2:1", "[ip]"), ("64:ff9b::1.2.3.4", "[ip][ip]"),
    ("x2001:db8::1", "x2001:db8::1"), ("12:30:45", "12:30:45"), ("255.255.255.255", "[ip]"), ("256.1.1.1", "256.1.1.1"),
    ("1.2.3.4.5", "1.2.3.4.5"), ("127.0.0.1", "127.0.0.1"), ("128.0.0.1", "[ip]"), ("0.1.2.3", "0.1.2.3"),
    ("ü.ö@exämple.de", "[email]"), ("@example.com", "@example.com"), ("a" * 130 + "@b.co", "aa[email]"),
])  # fmt: skip
def test_what_is_found_and_what_is_not(text: str, left: str) -> None:
    assert masked(text) == left
    assert masked(f"{text} ") == f"{left} "


ALPHABET = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8b"


@pytest.mark.parametrize("text", [
    "8Q~abc".join(("Ab1", ALPHABET[:28])), f"a{'b1' * 20}-us12"[-37:], f"123456789:{(ALPHABET * 2)[:35]}",
    f"123456789012345|{ALPHABET[:27]}", f"M{ALPHABET[:25]}.{ALPHABET[:6]}.{ALPHABET[:27]}",
    f"ab12c{'0123456789abcdef' * 2}"[:36] + "NRAL", f"SK{'0123456789abcdefABCDEF0123456789'[:32]}",
    f"{'aB3dE5gH7jK'}{'A' * 11}{(ALPHABET * 2)[:42]}", f"{ALPHABET[:14]}.atlasv1.{(ALPHABET * 3)[:60]}",
    "J7VCRFN6V77JAYS3KL4EW7STMDSTSYJJ", f"xy{(ALPHABET * 2)[:28]}_mmk",
    f"{'0123456789abcdef' * 2}-01234567-89abcdef", f"MIIEpAIBAA{ALPHABET * 3}",
    f"abcd{'UFJJVkFURSBLRVkt'}LS0t{ALPHABET}", f"00D{ALPHABET[:12]}!{ALPHABET}",
    f"eyJ{(ALPHABET * 4)[:70]}", f"A3T{'ABCDEFGHIJKLMNOPQ'}", "MwMwvGZPCEc821IdgFG2YJlZtEasFisCtKBXtg9rzlBr",
])  # fmt: skip
def test_credentials_of_a_shape_are_hidden_whole(text: str) -> None:
    made = masked(f"it is {text} there")
    assert re.fullmatch(r"it is \[credential:[a-z_]+\] there", made), made


def test_base64_of_json_is_read_and_left() -> None:
    text = "eyJwYWdlIjoxMjMsInNpemUiOjUwLCJzb3J0IjoibmFtZSIsImZpbHRlciI6ImFjdGl2ZSIsIm9yZGVyIjoiYXNjIn0"
    assert masked(text) == text


def test_rules_do_not_share_a_name_with_another_kind() -> None:
    for rule in (*VENDOR_RULES, *ASSIGNMENT_RULES):
        assert rule.kind == "credential"
        assert re.fullmatch("credential:[a-z0-9_]{2,32}", rule.name)


class TestHidden:
    def test_every_part_loses_its_content(self) -> None:
        parts = (Text(content="a"), Reasoning(content="b"), ToolCall(id="1", name="n", arguments={"a": 1}),
                 ToolResult(id="1", response="r"), Media(modality="image", content="Zm9v", uri="u", file_id="f"),
                 Raw(value={"x": 1}))  # fmt: skip
        payload = evolve(sample("bare"), input_messages=(Message(role="user", parts=parts),))
        made = without_content(payload, "policy").input_messages[0].parts
        assert made == (
            Text(content=HIDDEN), Reasoning(content=HIDDEN), ToolCall(id="1", name="n", arguments=HIDDEN),
            ToolResult(id="1", response=HIDDEN), Media(modality="image"), Raw(value=HIDDEN),
        )  # fmt: skip

    def test_metadata_goes_too_unless_a_policy_says_so(self) -> None:
        payload = evolve(sample("bare"), metadata={"a": 1}, attributes={"b": 2}, parameters={"n": 1, "s": "x", "f": None},
                         input_value="in", output_value=None)  # fmt: skip
        for rule, metadata in (("policy", {"a": 1}), ("failed", {})):
            made = without_content(payload, rule)
            assert (made.metadata, made.attributes) == (metadata, {})
            assert (made.input_value, made.output_value) == (HIDDEN, None)
            assert made.parameters == {"n": 1, "f": None}
            assert made.changes[-1].rule == rule


class TestNames:
    @pytest.mark.parametrize(("name", "value", "siblings", "is_token"), [
        ("token", "Hi", {"logprob": -1.0}, True), ("token", "Hi", {}, False), ("token", 5, {}, True),
        ("otp", 4711, {}, True), ("password", 5, {}, False), ("Token", "Hi", {"bytes": []}, True),
    ])  # fmt: skip
    def test_tokens_of_text(self, name: str, value: Any, siblings: Any, is_token: bool) -> None:
        assert is_token_of_text(name, value, siblings) is is_token

    def test_the_end_of_a_name_counts(self) -> None:
        assert kind_of("social security number") == "national_id"
        assert kind_of("x" * 300 + "_password") == "credential"
        assert kind_of("myphone") is None
        assert kind_of("mypassword") == "credential"
        assert kind_of("a_b_c_d_secret") == "credential"


class TestKnownValues:
    def test_many_values_are_found_by_their_heads(self) -> None:
        known = Known()
        known.learn([Secret(f"value-{number:05}-x") for number in range(FEW)])
        assert known.heads
        assert known.scrub("it is value-00042-x and value-00043-x") == (
            "it is [credential:known] and [credential:known]", 2)  # fmt: skip
        assert known.in_any(["nothing", "a value-00042-x"])
        assert not known.in_any(["nothing"])
        assert known.in_any(["value%2D00042%2Dx"])

    def test_short_values_are_left_out(self) -> None:
        known = Known()
        known.learn([Secret("12345")])
        assert known.forms == ()
        known.learn([Secret("123456")])
        assert known.scrub("1234567") == ("[credential:known]7", 1)
        assert known.shortest <= 6

    def test_secrets_are_found_however_nested(self) -> None:
        assert sorted(secrets_in({"a": [Secret("x"), (Secret("y"),)], "b": {Secret("z")}})) == [
            "x",
            "y",
            "z",
        ]


def test_a_pseudonym_depends_on_key_and_field() -> None:
    one = pseudonym(Secret("key"), "user_id", "zoe")
    assert re.fullmatch("p-[0-9a-f]{24}", one)
    assert one == pseudonym(Secret("key"), "user_id", "zoe")
    assert (
        len(
            {
                one,
                pseudonym(Secret("other"), "user_id", "zoe"),
                pseudonym(Secret("key"), "team_id", "zoe"),
            }
        )
        == 3
    )


def test_an_envelope_holds_what_is_certain() -> None:
    payload = evolve(sample("failure"), session_id="zoe@example.com", id="019a3f5e-0000-7000-a000-000000000001",
                     trace_id="not ours")  # fmt: skip
    made = envelope(payload, "failed", "digest")
    assert (made.id, made.trace_id, made.session_id) == (payload.id, "0" * 32, None)
    assert (made.kind, made.status, made.timing, made.usage) == (
        payload.kind, payload.status, payload.timing, payload.usage)  # fmt: skip
    assert (made.error is None) == (payload.error is None)
    assert [(change.rule, change.policy, change.action) for change in made.changes] == [
        ("failed", "digest", "hidden")
    ]


def test_every_text_of_a_payload_is_known() -> None:
    payload = evolve(
        sample("tools"), metadata={"key": ["one", {"two": ("three",)}], "n": 1, "none": None}
    )
    assert {"key", "one", "two", "three", payload.id} <= set(texts_of(payload))
    assert all(isinstance(text, str) for text in texts_of(payload))


class TestPolicy:
    def test_metadata_passes_by_name(self) -> None:
        payload = evolve(sample("bare"), metadata={"a": 1, "b": 2, "c": 3})
        made = Policy(metadata=("a", "b"), hide_metadata=("b",)).apply(payload)
        assert made.metadata == {"a": 1}
        assert [(change.path, change.count, change.rule) for change in made.changes] == [
            ("metadata", 2, "policy")
        ]
        assert Policy(metadata=("a", "b", "c")).apply(payload) is payload

    def test_a_wish_only_tightens(self) -> None:
        full, masks, none = Policy(), Policy(content="masked"), Policy(content="none")
        assert full.tightened(None) is full
        assert full.tightened("full") is full
        assert full.tightened("masked").content == "masked"
        assert full.tightened("masked") is full.tightened("masked")
        assert masks.tightened("full") is masks
        assert masks.tightened("none").content == "none"
        assert full.tightened("nonsense").content == "none"
        assert none.tightened("masked") is none
