"""Phone numbers: in their countries' usual groups, or in any form behind a word for a phone."""

from __future__ import annotations

import re

from llmlog.redaction.rule import Rule, Span

_NO_MORE = "(?![0-9])"
_ALONE = r"(?![0-9-]|\.[0-9])"
_SEPARATORS = dict.fromkeys(map(ord, " .-+()/"))
_WORDS = (
    "mobile", "telefon", "telefono", "teléfono", "telefone", "téléphone", "cellulare",
    "celular", "portable", "komórk", "mobil", "handy", "whatsapp", "call me", "call us",
    "call him", "call her", "dial", "tel:", "tel.", "tel ", "sms", "fax", "rufnummer", "appelez",
    "llámame", "numer ", "电话", "手机", "電話", "전화", "휴대폰", "फ़ोन", "मोबाइल", "puhelin",
)  # fmt: skip
_PHONES = tuple(f"phone{after}" for after in (*" :=_-,.#/\"'\\", "n", "s"))
_NEEDLES = (*_WORDS, *_PHONES)
"""What was hidden before, `[phone]`, announces nothing."""


def _sized(text: str, match: re.Match[str]) -> Span | None:  # noqa: ARG001
    return match.span() if 8 <= len(match[0].translate(_SEPARATORS)) <= 15 else None  # noqa: PLR2004


def _announced(text: str, match: re.Match[str]) -> Span:  # noqa: ARG001
    return match.span("value")


def _rule(
    pattern: str, needles: tuple[str, ...] = (), *, sized: bool = False, shape: bytes | None = None
) -> Rule:
    return Rule(name="phone", kind="phone", view="number", needles=needles,
                pattern=re.compile(pattern), check=_sized if sized else None,
                shape=re.compile(shape) if shape else None)  # fmt: skip


PHONE_RULES: tuple[Rule, ...] = (
    # International: a plus and eight to fifteen digits (ITU-T E.164).
    _rule(rf"\+(?<![\w+]\+)[1-9](?:[ ().-]{{0,2}}[0-9]){{7,14}}{_NO_MORE}", ("+",)),
    # North American, and the groups of Brazil, Poland and their neighbours.
    _rule(r"[(0-9](?<![0-9.][(0-9])(?:(?:(?<=\()[0-9]{3}\) {0,2}|(?<=[0-9])[0-9]{2}[-. ])"
          r"[0-9]{3}[-. ][0-9]{4}|(?<=[1-9])(?:[1-9] 9?[0-9]{4}-[0-9]{4}"
          r"|[0-9] [0-9]{3} [0-9]{2} [0-9]{2}"
          rf"|[0-9]{{2}}-[0-9]{{3}}-[0-9]{{3}}{_ALONE})){_NO_MORE}"),
    # Behind a country in brackets.
    _rule(r"\((?<![\w.,+-]\()(?:[1-9][0-9]{1,2}\) ?[0-9]{3}(?: ?[0-9]{3}){2}"
          rf"|00[1-9][0-9]{{1,3}}\) [0-9]{{5,8}}){_ALONE}", ("(",)),
    # A Norwegian mobile number, and a Japanese number without its zero.
    _rule(r"[49][0-9]{2} (?<![\w.,+-].{4})(?<![0-9] .{4})[0-9]{2} [0-9]{3}(?! ?[0-9]|-)",
          (" ",)),
    _rule(rf"[1-9][0-9]-(?<![\w.,+-]..-)(?!19|20)[0-9]{{4}}-[0-9]{{4}}{_ALONE}", ("-",)),
    # With the zero before an area, in groups or in one row; from abroad with two.
    _rule(r"[(0](?<![\w.,+-][(0])(?:(?:(?<=0)0[1-9][0-9]{0,2}|(?<=0)[1-9][0-9]{0,3}"
          r"|(?<=\()0[1-9][0-9]{0,3}\)(?=[ /.-]|[0-9]{4}))(?:[ /.-]{1,2}[0-9]{2,8}){1,5}"
          r"|(?<=\()0[1-9][0-9]{0,3}\)[0-9]{5,8}"
          rf"|(?<=0)(?:[1-9][0-9]{{7,9}}|0[1-9][0-9]{{8,11}})(?![A-Za-z_])){_ALONE}",
          ("0",), sized=True),
    # A Chinese mobile number.
    _rule(r"1(?<![\w.,+-]1)[3-9][0-9]{9}(?![\w-]|\.[0-9])", shape=b"00000000000"),
)  # fmt: skip

ANNOUNCED_PHONE = Rule(
    name="phone", kind="phone", needles=_NEEDLES, check=_announced, view="folded", anchored=True,
    pattern=re.compile(
        rf"(?:phone(?!\])|{'|'.join(map(re.escape, _WORDS))})[^0-9+(\n]{{0,24}}"
        rf"(?P<value>[+(]{{0,2}}[0-9](?:[ ()./-]{{0,3}}[0-9]){{6,14}}){_NO_MORE}"),
)  # fmt: skip
