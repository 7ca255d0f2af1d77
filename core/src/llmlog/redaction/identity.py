"""National identity numbers, each with its form and, where it has any, its check digits.

Sources: the issuing authorities' own descriptions, and for the sums those that ISO/IEC 7064,
the European Commission's and the OECD's pages on tax numbers give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from llmlog.redaction import check
from llmlog.redaction.rule import Found, Rule

_FIRST = r"[0-9](?<![0-9]{2})"
_FREE = rf"{_FIRST}(?<![0-9][.,][0-9])"
_NO_MORE = "(?![0-9])"
_END = "(?![A-Za-z0-9])"
_SEPARATORS = dict.fromkeys(map(ord, " .-+/"))

Judge = Callable[[str], bool]


def _ssn(text: str) -> bool:
    return text[:3] not in ("000", "666") and text[4:6] != "00"


def _any(_: str) -> bool:
    return True


_ITIN = "(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])"
_DATE = "[0-9]{1,2}(?:0[0-9]|1[0-2])[0-3][0-9]"

RUNS: Mapping[int, tuple[tuple[str, Judge], ...]] = {
    11: (("pl_pesel", check.pesel), ("br_cpf", check.cpf), ("no", check.norway),
         ("tr", check.turkey)),
    13: (("ro", check.romania), ("za", check.south_africa)),
    15: (("fr_nir", check.nir),),
    18: (("cn", check.china),),
}  # fmt: skip
"""Numbers in one row of digits, by its length."""

GROUPED: Mapping[str, tuple[str, Judge]] = {
    "us_ssn": ("(?<![0-9]-[0-9])(?<!9)[0-9]{2}-[0-9]{2}-[0-9]{4}(?![0-9-])", _ssn),
    "us_itin": (rf"(?<![0-9]-[0-9])(?<=9)[0-9]{{2}}-{_ITIN}-[0-9]{{4}}(?![0-9-])", _any),
    "br_cpf": (rf"[0-9]{{2}}\.[0-9]{{3}}\.[0-9]{{3}}-[0-9]{{2}}{_NO_MORE}", check.cpf),
    "kr": (rf"[0-9](?:0[0-9]|1[0-2])[0-3][0-9]-[1-8][0-9]{{6}}{_NO_MORE}", _any),
    "se": (f"(?:(?<=1)9|(?<=2)0)?{_DATE}[-+][0-9]{{4}}{_NO_MORE}",
           lambda digits: check.luhn(digits[-10:])),
    "fi": (f"[0-9](?:0[0-9]|1[0-2])[0-9]{{2}}[-+][0-9]{{3}}[0-9A-Y]{_END}", check.finland),
    "dk": (rf"[0-9](?:0[0-9]|1[0-2])[0-9]{{2}}-[0-9]{{4}}{_NO_MORE}", check.denmark),
    "cz": (rf"[0-9]{{5}}/[0-9]{{4}}{_NO_MORE}", check.czechia),
    "ch": (rf"(?<=7)56\.[0-9]{{4}}\.[0-9]{{4}}\.[0-9]{{2}}{_NO_MORE}", check.switzerland),
    "be": (rf"[0-9]\.[0-9]{{2}}\.[0-9]{{2}}-[0-9]{{3}}\.[0-9]{{2}}{_NO_MORE}", check.belgium),
}  # fmt: skip
"""Numbers in groups: what follows the first digit, and the judge of the whole."""


_GROUPS = {country: re.compile(_FIRST + pattern) for country, (pattern, _) in GROUPED.items()}
_WRITTEN = ("us_ssn", "fi")
"""Those that are judged with their separators."""


def _in_a_row(text: str, match: re.Match[str]) -> Found | None:  # noqa: ARG001
    written = match[0]
    for country, judge in RUNS.get(len(written), ()):
        if judge(written):
            return (*match.span(), f"national_id:{country}")
    return None


def _in_groups(text: str, match: re.Match[str]) -> Found | None:
    """Return the number of the first country whose form and sum fit."""
    for country, pattern in _GROUPS.items():
        if found := pattern.match(text, match.start()):
            compact = found[0] if country in _WRITTEN else found[0].translate(_SEPARATORS)
            if GROUPED[country][1](compact):
                return (*found.span(), f"national_id:{country}")
    return None


def _by(judge: Judge) -> Callable[[str, re.Match[str]], Found | None]:
    return lambda _, match: match.span() if judge(match[0].translate(_SEPARATORS)) else None


def _spain(text: str, match: re.Match[str]) -> Found | None:
    """Return a DNI or NIE, found by its last seven digits and its letter."""
    start = match.start() - 1
    joined = start > 0 and text[start - 1].isascii() and text[start - 1].isalnum()
    good = start >= 0 and text[start] in "XYZ0123456789" and not joined
    return (start, match.end()) if good and check.spain(text[start : match.end()]) else None


def _shaped(country: str, shape: bytes, pattern: str, judge: Judge | None = None) -> Rule:
    return Rule(name=f"national_id:{country}", kind="national_id", view="shape",
                shape=re.compile(shape), pattern=re.compile(pattern),
                check=_by(judge) if judge else None)  # fmt: skip


def _numbered(country: str, pattern: str, judge: Judge | None = None) -> Rule:
    return Rule(name=f"national_id:{country}", kind="national_id", view="number",
                pattern=re.compile(pattern), check=_by(judge) if judge else None)  # fmt: skip


SHAPED_IDS: tuple[Rule, ...] = (
    _shaped("in_pan", b"aaaaa0000a(?<![a0]aaaaa0000a)",
            f"[A-Z]{{3}}[ABCFGHLJPT][A-Z][0-9]{{4}}[A-Z]{_END}"),
    _shaped("it_fiscal", b"aaaaaa00a00a000a(?<![a0]aaaaaa00a00a000a)",
            f"[A-Z]{{6}}[0-9]{{2}}[A-EHLMPRST][0-9]{{2}}[A-Z][0-9]{{3}}[A-Z]{_END}"),
    _shaped("fi", b"000000a000[a0](?<![a0]000000a000[a0])",
            f"[0-9]{{2}}(?:0[0-9]|1[0-2])[0-9]{{2}}[A-FU-Y][0-9]{{3}}[0-9A-Y]{_END}",
            check.finland),
    Rule(name="national_id:es", kind="national_id", check=_spain, view="shape",
         shape=re.compile(b"0000000a"), pattern=re.compile(f"[0-9]{{7}}[A-Z]{_END}")),
)  # fmt: skip
NUMBERED_IDS: tuple[Rule, ...] = (
    _numbered("in_aadhaar", r"[2-9](?<![0-9]{2})(?<![0-9][ -][2-9])[0-9]{3}([ -])[0-9]{4}\1[0-9]{4}"
              r"(?![ -]?[0-9])(?!-\w)", check.verhoeff),
    _numbered("gb_nino", r"[A-CEGHJ-PR-TW-Z](?<![A-Za-z0-9][A-Z])(?:[A-CEGHJ-NPR-TW-Z]"
              rf"(?: ?[0-9]{{2}}){{3}} ?[A-D]|(?<=Z)Z(?: ?[0-9]{{2}}){{3}} ?T){_END}"),
    _numbered("fr_nir", r"[12](?<![0-9]{2})(?<![0-9][.,][12])(?: ?[0-9]{2}){2} ?(?:[0-9]{2}|2[AB])"
              rf"(?: ?[0-9]{{3}}){{2}} ?[0-9]{{2}}{_NO_MORE}", check.nir),
    Rule(name="national_id", kind="national_id", view="number", check=_in_a_row,
         shape=re.compile(b"0000000000(?<!00000000000)"),
         pattern=re.compile(rf"{_FREE}(?<!\+.)(?:[0-9]{{16}}[Xx]{_END}|[0-9]{{10,17}}{_NO_MORE})")),
    Rule(name="national_id", kind="national_id", view="number", check=_in_groups,
         needles=("-", "/", "+", "756."), pattern=re.compile(
            rf"{_FIRST}(?=[0-9]{{2}}[.-]|[0-9]{{5,7}}[-+/]|[0-9]\.)"
            f"(?:{'|'.join(pattern for pattern, _ in GROUPED.values())})")),
)  # fmt: skip
