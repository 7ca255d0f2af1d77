"""Other forms of a text, in which something may hide: escapes, odd characters, encodings.

Each decoder returns the text itself when it has nothing to do.
"""

from __future__ import annotations

import binascii
import html
import re
import sys
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from urllib.parse import unquote

from llmlog.redaction.budget import Spent
from llmlog.redaction.view import starts_of_blobs

ROUNDS = 3
_LONG, _SAMPLE, _LONGEST = 100_000, 10_000, 2 * 1024 * 1024
"""Of a long text a sample says whether its compatibility form would be far too long."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_CONTROL_BYTES = bytes((*range(9), 11, 12, *range(14, 32), 127))
_ASCII_BYTES = bytes(range(128))
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_BREAKS = str.maketrans("-_", "+/", "\r\n")
_READABLE = re.compile("[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]{6,}")
_BROKEN = re.compile(r"[\r\n_=-]")


@cache
def _odd_characters() -> dict[int, str | None]:
    """Return what to drop (invisible characters) and what to spell as ASCII digits."""
    table: dict[int, str | None] = {}
    for code in range(0x80, sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        if category == "Cf":
            table[code] = None
        elif category == "Nd":
            table[code] = str(unicodedata.decimal(chr(code)))
    invisible = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x2800)
    return {**table, **dict.fromkeys((*invisible, *range(0xFE00, 0xFE10),
                                      *range(0xE0100, 0xE01F0)))}  # fmt: skip


def plain_characters(text: str) -> str:
    """Return the text in compatibility form, without invisible characters, digits as ASCII."""
    if text.isascii():
        return text
    others = text.encode(errors="surrogatepass").translate(None, _ASCII_BYTES)
    odd = _odd_characters()
    if any(ord(character) in odd for character in set(others.decode(errors="surrogatepass"))):
        text = text.translate(odd)
    if len(text) > _LONG and _normal(text[:_SAMPLE]) > _LONGEST * _SAMPLE // len(text):
        raise Spent("length")
    return unicodedata.normalize("NFKC", text)


def _normal(text: str) -> int:
    return len(unicodedata.normalize("NFKC", text))


def unescaped(text: str) -> str:
    """Return the text with backslash escapes of characters read."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)


def unquoted(text: str) -> str:
    """Return the text with percent escapes read."""
    return unquote(text) if "%" in text else text


def unentitied(text: str) -> str:
    """Return the text with character references read."""
    return html.unescape(text) if "&" in text else text


def uncontrolled(text: str) -> str:
    """Return the text without control characters and the commands of terminals."""
    content = text.encode(errors="surrogatepass")
    if len(content) == len(content.translate(None, _CONTROL_BYTES)):
        return text
    return _CONTROL.sub("", text)


DECODERS: tuple[Callable[[str], str], ...] = (
    unescaped, unquoted, unentitied, uncontrolled, plain_characters,
)  # fmt: skip


def other_forms(text: str) -> Iterator[str]:
    """Yield what a text reads as once its escapes are undone, at most three times over."""
    form = text
    for _ in range(ROUNDS):
        before = form
        for decode in DECODERS:
            form = decode(form)
        if form == before:
            return
        yield form


def blobs(text: str) -> Iterator[re.Match[str]]:
    """Yield what may be base64 or hexadecimal."""
    end = 0
    for start in starts_of_blobs(text):
        if start >= end and (found := _BLOB.match(text, start)):
            yield found
            end = found.end()


def decoded(blob: str) -> bytes:
    """Return what a blob stands for."""
    compact = blob.translate(_BREAKS).rstrip("=") if _BROKEN.search(blob) else blob
    try:
        return binascii.unhexlify(compact)
    except ValueError:
        pass
    usable = compact[: len(compact) - (len(compact) % 4 == 1)]
    return b64decode(usable + "=" * (-len(usable) % 4))


def readable(contents: Iterable[bytes]) -> str:
    """Return what can be read in decoded blobs: six characters or more, and no control ones."""
    together = b"\xff".join(contents).replace(b"\0", b"")
    return "\n\n".join(_READABLE.findall(together.decode(errors="replace")))
