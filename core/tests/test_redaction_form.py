"""Other forms of a text: what is invisible goes, what is encoded is read."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode, urlsafe_b64encode

import pytest

from llmlog.redaction import form
from llmlog.redaction.budget import Spent

INVISIBLE = (
    0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200D, 0x202E, 0x2060, 0x2800, 0x3164, 0xFEFF,
    0xFFA0, *range(0xFE00, 0xFE10), 0xE0001, 0xE007F, *range(0xE0100, 0xE01F0),
)  # fmt: skip


def test_invisible_characters_go() -> None:
    assert [code for code in INVISIBLE if form.plain_characters(f"a{chr(code)}b") != "ab"] == []


@pytest.mark.parametrize("code", [
    0x0080, 0x034E, 0x0350, 0x115E, 0x1161, 0x17B3, 0x17B6, 0x27FF, 0x2801, 0x3165, 0xFDFF, 0xFE10, 0xFFA1, 0xE00FF,
    0xE01F0, 0x10FFFF,
])  # fmt: skip
def test_their_neighbours_stay(code: int) -> None:
    character = chr(code)
    assert form.plain_characters(f"a{character}b") == unicodedata.normalize(
        "NFKC", f"a{character}b"
    )
    assert len(form.plain_characters(f"a{character}b")) > 2


@pytest.mark.parametrize("zero", [0x0660, 0x06F0, 0x0966, 0xFF10, 0x1D7CE, 0x1FBF0])
def test_digits_of_every_script_are_ascii(zero: int) -> None:
    digits = "".join(chr(zero + value) for value in range(10))
    assert form.plain_characters(digits) == "0123456789"


def test_compatibility_forms_are_read_also_beside_nothing_odd() -> None:
    assert form.plain_characters("ｚoｅ＠x") == "zoe@x"
    assert form.plain_characters("\udc80é") == "\udc80é"


def test_what_is_not_escaped_is_the_same_object() -> None:
    for text in ("plain ascii", "größe"):
        for decode in form.DECODERS[:4]:
            assert decode(text) is text
    assert form.plain_characters("plain ascii") is not None


@pytest.mark.parametrize(("text", "read"), [
    (r"\u007a\x6F", "zo"), (r"\u00", r"\u00"), ("\\", "\\"), ("%7a%6F%", "zo%"), ("&amp;&#x7a;&", "&z&"),
    ("a\x1b[0;31mb\x1b[mc", "abc"), ("a\x00\x08\x0b\x0c\x0e\x1f\x7fb", "ab"), ("a\tb\nc\rd", "a\tb\nc\rd"),
])  # fmt: skip
def test_each_way_of_escaping_is_undone(text: str, read: str) -> None:
    assert [*form.other_forms(text), text][0] == read


class TestLongTexts:
    """The sample of a long text says how long its compatibility form would be."""

    def test_a_text_of_a_hundred_thousand_characters_is_still_read(self) -> None:
        text = "\ufdfa" * form._LONG
        assert len(form.plain_characters(text)) == 18 * form._LONG > form._LONGEST * 0.8
        with pytest.raises(Spent, match="length"):
            form.plain_characters(text * 2)

    def test_what_would_be_as_long_as_the_longest_is_still_read(self) -> None:
        """Of 131,072 characters the sample of 10,000 may become 160,000, which is sixteenfold."""

        def text(threefold: int) -> str:
            grown = "\ufdfa" * 8_822 + "\ufb03" * threefold
            return grown + "é" * (131_072 - len(grown))

        assert form._normal(text(13)[: form._SAMPLE]) == 160_000
        assert len(form.plain_characters(text(13))) == 131_072 + 17 * 8_822 + 2 * 13
        with pytest.raises(Spent, match="length"):
            form.plain_characters(text(14))


class TestBlobs:
    def test_one_may_begin_where_the_text_does_and_where_another_ends(self) -> None:
        text = f"{'a' * 24}=={'b' * 24}={'c' * 24}"
        assert [found[0] for found in form.blobs(text)] == [
            f"{'a' * 24}==",
            f"{'b' * 24}=",
            "c" * 24,
        ]
        assert [found.start() for found in form.blobs("x" * 24)] == [0]

    def test_a_line_of_one_is_no_other(self) -> None:
        text = f"{'a' * 30}\n{'b' * 30}\n{'c' * 3}"
        assert [found[0] for found in form.blobs(text)] == [text]

    @pytest.mark.parametrize("length", range(1, 40))
    def test_base64_of_any_length_is_read_with_its_end_or_without(self, length: int) -> None:
        content = bytes(range(200, 200 + length))
        for blob in (b64encode(content).decode(), urlsafe_b64encode(content).decode()):
            assert form.decoded(blob) == content
            assert form.decoded(blob.rstrip("=")) == content

    @pytest.mark.parametrize("length", range(3, 40, 3))
    def test_a_letter_too_many_is_left_out(self, length: int) -> None:
        content = bytes(range(200, 200 + length))
        assert form.decoded(b64encode(content).decode() + "x") == content

    def test_hexadecimal_is_read_before_base64(self) -> None:
        assert form.decoded("00ff" * 6) == b"\x00\xff" * 6
        assert form.decoded("00FF\r\n" * 6) == b"\x00\xff" * 6
        assert form.decoded("00ff" * 6 + "0") != b"\x00\xff" * 6


def test_what_can_be_read_comes_apart_where_it_was_apart() -> None:
    assert form.readable([b"123456", b"1234567"]) == "123456\n\n1234567"
    assert form.readable([b"12345\x0167890a", b"no"]) == "67890a"
    assert not re.search("[\x00-\x08]", form.readable([bytes(range(128))]))
