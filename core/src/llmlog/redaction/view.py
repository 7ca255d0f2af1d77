"""Views of a text: the small parts of it in which some rules can find something at all.

The shape of a text has one byte for each character: what kind it is. Searching a shape for a
literal or for a row of one byte costs a fraction of what a pattern costs on the text.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from attrs import frozen

View = Literal["text", "folded", "shape", "word", "number"]
SEAM = "\0"
WORD, BLOB = 15, 24
"""What vendors' credentials are long at least, and what is encoded."""

Place = tuple[int, int]


def _table(*classes: tuple[str, str]) -> bytes:
    """Return a table that turns the characters of each class into its byte, all others into `x`."""
    made = bytearray(b"x" * 256)
    for characters, kind in classes:
        for character in characters:
            made[ord(character)] = ord(kind)
    return bytes(made)


_LETTERS, _DIGITS = string.ascii_letters, string.digits
_KINDS = _table((_LETTERS, "a"), (_DIGITS, "0"), (" ", " "), (".", "."), ("()+/-", "-"))
_WORDS = _table((_LETTERS + _DIGITS + "_=%\\+/.$~|:!-", "a"))
_BLOBS = _table((_LETTERS + _DIGITS + "+/_-", "a"))
_NUMBERS = _table((_LETTERS, "a"), (_DIGITS, "0"), (" ()/-", " "), (".", "."), ("+", "+"))
_ROW = re.compile(
    rb"0(?<!00)(?<![^0.+a]0\.0)(?!(?<=[^0.+a]0)\.0{7,}(?:[^0 .+a]| [^0 .+]))[0 .+]{5,}"
)
_TWO_LETTERS = re.compile(rb"(?:\A|[^a0])aa ?\Z")
_LEAST_DIGITS, _CARD_DIGITS, _BEFORE, _AFTER, _NEAR = 7, 12, 12, 4, 64


@frozen(eq=False)
class Parts:
    """A text in parts: those that are searched, joined by seams, and those between them."""

    inside: str
    outside: Sequence[str] = ()

    def around(self, made: str) -> str:
        """Return the whole text with what became of its searched parts."""
        if not self.outside:
            return made
        pieces = [self.outside[0]]
        for part, after in zip(made.split(SEAM), self.outside[1:], strict=True):
            pieces += (part, after)
        return "".join(pieces)


def raw(text: str) -> bytes:
    """Return a byte for each character, `?` for those beyond Latin-1."""
    return text.encode("latin-1", "replace")


def shape(text: str) -> bytes:
    """Return the kind of each character: `a`, `0`, a space, a point, `-` for `()+/-`, `x`."""
    return raw(text).translate(_KINDS)


def long_rows(text: str, table: bytes, least: int) -> Iterator[Place]:
    """Yield where at least so many characters of a table's class stand in a row."""
    kinds, row, position = raw(text).translate(table), b"a" * least, 0
    while (start := kinds.find(row, position)) >= 0:
        position = kinds.find(b"x", start + least)
        if position < 0:
            position = len(kinds)
        yield start, position


def starts_of_blobs(text: str) -> Iterator[int]:
    """Yield where what may be base64 or hexadecimal begins."""
    return (start for start, _ in long_rows(text, _BLOBS, BLOB))


def _words(text: str) -> Parts | None:
    return _parts(text, long_rows(text, _WORDS, WORD))


def _numbers(text: str) -> Parts | None:
    return _parts(text, _rows_of_digits(text))


def _rows_of_digits(text: str) -> Iterator[Place]:
    """Yield where seven digits, six behind two letters or four numbers with points stand in a row.

    Twelve characters before and four behind belong to it; of many digits next to a letter as many
    as it takes to see a digest. A fraction such as 0.123456789 is left out: no rule finds one.
    """
    kinds = raw(text).translate(_NUMBERS)
    for found in _ROW.finditer(kinds):
        row, (start, stop) = found[0], found.span()
        digits = row.count(b"0")
        if digits < _LEAST_DIGITS and not _enough(row, digits, kinds, start):
            continue
        more, less = _BEFORE, _AFTER
        if digits >= _CARD_DIGITS and _beside_letters(row, kinds, start, stop):
            more = less = _NEAR
        yield (start - more if start > more else 0), stop + less


def _enough(row: bytes, digits: int, kinds: bytes, start: int) -> bool:
    """Say whether few digits may be an address, or an identity number that letters begin."""
    if row.count(b".") > 2:  # noqa: PLR2004
        return True
    return digits >= _LEAST_DIGITS - 1 and bool(
        _TWO_LETTERS.search(kinds, max(0, start - 4), start)
    )


def _beside_letters(row: bytes, kinds: bytes, start: int, stop: int) -> bool:
    before, after = kinds[start - 1 : start], kinds[stop : stop + 1]
    return before == b"a" or (after == b"a" and row.endswith(b"0"))


def _parts(text: str, places: Iterator[Place]) -> Parts | None:
    """Return a text in parts; None if there are none to search."""
    inside: list[str] = []
    outside: list[str] = []
    first = last = end = -1
    for start, stop in places:
        if start <= last:
            last = max(last, stop)
            continue
        if last >= 0:
            outside.append(text[max(end, 0) : first])
            inside.append(text[first:last])
            end = last
        first, last = start, stop
    if last < 0:
        return None
    if SEAM in text:
        return Parts(text)
    return Parts(SEAM.join((*inside, text[first:last])),
                 (*outside, text[max(end, 0) : first], text[last:]))  # fmt: skip


PARTS: Mapping[View, Callable[[str], Parts | None]] = {"word": _words, "number": _numbers}
