"""Cards, phones, identity numbers and addresses made of digits, each told by its own check."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address

from llmlog.redaction import check
from llmlog.redaction.rule import Rule, Span

_HASH = re.compile(r"[0-9a-fA-F]{32,128}")
_NOT_DIGITS = re.compile(r"[^0-9]")
_START = r"(?<!\d)(?<!\d[.,])"


DIGITS = tuple("0123456789")


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def _card(text: str, match: re.Match[str]) -> Span | None:
    good = check.card(_digits(match[0])) and not _in_hash(text, match)
    return match.span() if good else None


def _in_hash(text: str, match: re.Match[str]) -> bool:
    """Say whether a row of digits is part of a hexadecimal digest."""
    near = text[max(0, match.start() - 64) : match.end() + 64]
    return any(found.start() < near.find(match[0]) + len(match[0]) and match[0] in found[0]
               for found in _HASH.finditer(near) if found[0] != match[0])  # fmt: skip


def _by(judge: Callable[[str], bool]) -> Callable[[str, re.Match[str]], Span | None]:
    return lambda _, match: match.span() if judge(match[0]) else None


def _ssn(text: str) -> bool:
    return text[:3] not in ("000", "666") and text[0] != "9" and text[4:6] != "00"


def _long(length: int) -> Callable[[str], bool]:
    ((_, judge),) = check.LONG[length]
    return judge


def _address(text: str, match: re.Match[str]) -> Span | None:  # noqa: ARG001
    try:
        address = ip_address(match[0])
    except ValueError:
        return None
    word = not any(map(str.isdigit, match[0]))
    return None if word or address.is_unspecified or address.is_loopback else match.span()


def _iban(text: str, match: re.Match[str]) -> Span | None:  # noqa: ARG001
    length = check.iban_length(match[0])
    return None if length is None else (match.start(), match.start() + length)


def _phone(text: str, match: re.Match[str]) -> Span | None:  # noqa: ARG001
    return match.span() if 8 <= len(_digits(match[0])) <= 15 else None  # noqa: PLR2004


def _identity(country: str, pattern: str, judge: Callable[[str], bool] | None = None,
              needles: tuple[str, ...] = ()) -> Rule:  # fmt: skip
    return Rule(name=f"national_id:{country}", kind="national_id", needles=needles or DIGITS,
                pattern=re.compile(pattern), check=_by(judge) if judge else None)  # fmt: skip


NUMBER_RULES: tuple[Rule, ...] = (
    Rule(name="email", kind="email", needles=("@",), pattern=re.compile(
        r"(?<![\w.%+'-])[\w%+'][\w.%+'-]*@[\w-]+(?:\.[\w-]+)+")),
    Rule(name="iban", kind="iban", check=_iban, needles=DIGITS, pattern=re.compile(
        r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")),
    Rule(name="card", kind="card", check=_card, needles=DIGITS, pattern=re.compile(
        rf"{_START}(?:\d{{12,19}}|\d{{4}}([ .-])\d{{4}}\1\d{{4}}\1\d{{1,7}}"
        r"|\d{4}[ .-]\d{6}[ .-]\d{4,5})(?!\d)")),
    _identity("us_ssn", r"(?<!\d)(?<!\d-)\d{3}-\d{2}-\d{4}(?![\d-])", _ssn, ("-",)),
    _identity("br_cpf", r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)",
              lambda text: check.cpf(_digits(text)), (".",)),
    _identity("in_aadhaar", r"(?<!\d)(?<!\d[ -])[2-9]\d{3}([ -])\d{4}\1\d{4}(?![ -]?\d)(?!-\w)",
              lambda text: check.verhoeff(_digits(text))),
    _identity("in_pan", r"(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])"),
    _identity("gb_nino", r"(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2}"
              r" ?[A-D](?![A-Za-z0-9])"),
    _identity("es", r"(?<![A-Za-z0-9])[XYZ\d]\d{7}[A-Z](?![A-Za-z0-9])", check.spain),
    _identity("it_fiscal", r"(?<![A-Za-z0-9])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"
              r"(?![A-Za-z0-9])"),
    _identity("kr", r"(?<!\d)\d{2}(?:0\d|1[0-2])[0-3]\d-[1-8]\d{6}(?!\d)", None, ("-",)),
    _identity("se", r"(?<!\d)(?:19|20)?\d{2}(?:0\d|1[0-2])[0-3]\d[-+]\d{4}(?!\d)",
              lambda text: check.luhn(_digits(text)[-10:]), ("-", "+")),
    _identity("cn", rf"{_START}\d{{17}}[\dXx](?![\dA-Za-z])", _long(18)),
    _identity("fr_nir", rf"{_START}[12]\d{{14}}(?!\d)", _long(15)),
    _identity("pl_pesel", rf"{_START}\d{{11}}(?!\d)", _long(11)),
    Rule(name="ip", kind="ip", needles=(".",), check=_address, pattern=re.compile(
        r"(?<!\d)(?<!\d\.)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d)(?!\.\d)")),
    Rule(name="ip", kind="ip", needles=(":",), check=_address, pattern=re.compile(
        r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}"
        r"(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")),
    Rule(name="phone", kind="phone", needles=("+",), check=_phone, pattern=re.compile(
        r"(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)")),
    Rule(name="phone", kind="phone", check=_phone, needles=DIGITS, pattern=re.compile(
        r"(?<![\d.])(?:\(\d{3}\) {0,2}|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d])")),
    Rule(name="phone", kind="phone", check=_phone, needles=DIGITS, pattern=re.compile(
        r"(?<![\w.,+-])(?:00[1-9]\d{0,2}|\(?0[1-9]\d{0,3}\)?)(?:[ /.-]{1,2}\d{2,8}){1,5}"
        r"(?![\d.-])")),
)  # fmt: skip
"""In this order: the longer and surer before the shorter."""
