"""Views, by themselves: which parts of a text are searched, and how they come back."""

from __future__ import annotations

import pytest

from llmlog.redaction import view
from llmlog.redaction.view import BLOB, PARTS, SEAM, WORD, Parts, _parts, _rows_of_digits, _table

NUMBERS = PARTS["number"]
DOTS = "," * 200


def parts(text: str, *places: tuple[int, int]) -> tuple[str, tuple[str, ...]] | None:
    made = _parts(text, iter(places))
    return made and (made.inside, tuple(made.outside))


def inside(text: str) -> str | None:
    made = NUMBERS(text)
    assert made is None or made.around(made.inside) == text
    return made and made.inside


class TestTables:
    def test_each_byte_has_its_class_and_all_others_one(self) -> None:
        made = _table(("ab", "1"), ("c\xff", "2"))
        assert len(made) == 256
        assert b"abc\xffd\x00".translate(made) == b"1122xx"

    def test_a_byte_stands_for_each_character(self) -> None:
        assert view.raw("aé日😀\udc80") == b"a\xe9???"
        assert view.shape("a1 .()+/-,é") == b"a0 .-----xx"


class TestLongRows:
    @pytest.mark.parametrize(("text", "rows"), [
        ("", []), ("a" * 4, []), ("a" * 5, [(0, 5)]), ("a" * 9, [(0, 9)]), (" aaaaa", [(1, 6)]),
        ("aaaaa ", [(0, 5)]), ("aaaaaa aaaa aaaaaaa ", [(0, 6), (12, 19)]), ("aaaa aaaaa", [(5, 10)]),
    ])  # fmt: skip
    def test_each_is_found_whole(self, text: str, rows: list[tuple[int, int]]) -> None:
        assert list(view.long_rows(text, _table(("a", "a")), 5)) == rows

    def test_words_and_blobs_have_their_least_lengths(self) -> None:
        for least, make in ((WORD, lambda text: PARTS["word"](text) is not None),
                            (BLOB, lambda text: list(view.starts_of_blobs(text)) == [2])):  # fmt: skip
            assert make(f", {'a' * least}, b")
            assert not make(f", {'a' * (least - 1)}, b")


class TestParts:
    def test_what_is_between_them_stays_outside(self) -> None:
        assert parts("0123456789", (2, 4), (6, 8)) == ("23\x0067", ("01", "45", "89"))
        assert parts("0123456789", (0, 4), (6, 10)) == ("0123\x006789", ("", "45", ""))
        assert parts("0123456789", (0, 1)) == ("0", ("", "123456789"))
        assert parts("0123456789", (0, 1), (2, 3), (4, 5)) == (
            "0\x002\x004",
            ("", "1", "3", "56789"),
        )

    def test_none_is_none(self) -> None:
        assert parts("0123456789") is None

    def test_those_that_touch_or_overlap_are_one(self) -> None:
        assert parts("0123456789", (1, 3), (3, 5)) == ("1234", ("0", "56789"))
        assert parts("0123456789", (1, 6), (2, 4), (5, 8)) == ("1234567", ("0", "89"))
        assert parts("0123456789", (1, 3), (2, 4), (6, 7)) == ("123\x006", ("0", "45", "789"))

    def test_a_text_with_a_seam_is_one_part_whole(self) -> None:
        assert parts(f"01{SEAM}3456789", (1, 2)) == (f"01{SEAM}3456789", ())

    def test_they_come_back_in_their_places(self) -> None:
        made = Parts("a\0b", ("<", "|", ">"))
        assert made.around("x\0y") == "<x|y>"
        assert Parts("whole").around("other") == "other"

    @pytest.mark.parametrize("made", ["x", "x\0y\0z"])
    def test_a_part_too_few_or_too_many_is_an_error(self, made: str) -> None:
        with pytest.raises(ValueError, match=r"zip\(\)"):
            Parts("a\0b", ("<", "|", ">")).around(made)


class TestRowsOfDigits:
    @pytest.mark.parametrize(("text", "searched"), [
        ("123456", None), ("1234567", "1234567"), ("12 34 56", None), ("12 34 567", "12 34 567"),
        ("1.2.3", None), ("1.2.3.4", "1.2.3.4"), ("12.3.45", None), ("1.2.3 4", None), ("12.3456", None),
        ("AB123456", "AB123456"), ("AB 123456", "AB 123456"), ("A123456", None), ("ABC123456", None),
        (" AB123456", " AB123456"), ("C AB 123456", "C AB 123456"), ("1AB 123456", None), ("AB12345", None),
        ("AB  123456", None), ("AB 12345 ", None), ("1AB123456", None), (",AB 123456", ",AB 123456"),
    ])  # fmt: skip
    def test_enough_of_them_are_searched(self, text: str, searched: str | None) -> None:
        assert inside(text) == searched

    @pytest.mark.parametrize(("digits", "before", "after"), [
        ("1234567", 12, 4), ("12345678901", 12, 4), ("123456789012", 12, 4), ("1.2.3.4", 12, 4),
    ])  # fmt: skip
    def test_what_is_near_belongs_to_them(self, digits: str, before: int, after: int) -> None:
        assert inside(f"{DOTS}{digits}{DOTS}") == "," * before + digits + "," * after
        for left in (before - 1, before, before + 1):
            text = f"{',' * left}{digits}{DOTS}"
            assert inside(text) == text[max(0, left - before) : left + len(digits) + after]

    @pytest.mark.parametrize("text", ["{}a", "a{}", "a{}a"])
    def test_of_as_many_as_a_cards_beside_a_letter_more_is_near(self, text: str) -> None:
        for digits, near in ("123456789012", 64), ("12345678901", 12):
            left = DOTS + text.format(digits)
            at = left.index("1")
            after = 4 if near == 12 else near
            assert inside(left + DOTS) == (left + DOTS)[at - near : at + len(digits) + after]

    @pytest.mark.parametrize("text", ["a,{}", "{},a", "a {}", "{} a", "{} "])
    def test_a_letter_further_off_is_not_beside(self, text: str) -> None:
        left = DOTS + text.format("123456789012")
        at, row = left.index("1"), "123456789012" + " " * text.count("} ")
        assert inside(left + DOTS) == (left + DOTS)[at - 12 : at + len(row) + 4]

    def test_a_row_at_the_beginning_has_nothing_before_it(self) -> None:
        assert inside(f"123456789012{DOTS}a") == "123456789012,,,,"
        assert inside("a123456789012") == "a123456789012"
        assert list(_rows_of_digits("123456789012,")) == [(0, 16)]

    def test_several_rows_are_several_parts(self) -> None:
        assert inside(f"1234567{DOTS}12345{DOTS}7654321") == f"1234567,,,,{SEAM}{',' * 12}7654321"
        assert inside(f"12345{DOTS}7654321") == f"{',' * 12}7654321"
