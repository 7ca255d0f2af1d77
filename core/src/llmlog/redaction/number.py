"""Cards, phones, identity numbers and addresses made of digits, each told by its own check."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address

from llmlog.redaction import check
from llmlog.redaction.rule import Rule, Span

_HASH = re.compile(r"[0-9a-fA-F]{32,128}")
_SEPARATORS = dict.fromkeys(map(ord, " .-+()"))


DIGITS = tuple("0123456789")


def _digits(text: str) -> str:
    return text.translate(_SEPARATORS)


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
    written = match[0]
    if ":" in written:
        return match.span() if _is_ipv6(written) else None
    octets = written.split(".")
    good = octets[0] not in ("127", "0") and all(int(octet) < 256 for octet in octets)  # noqa: PLR2004
    return match.span() if good else None


def _is_ipv6(written: str) -> bool:
    """Say whether this is an address of version 6, and not `a::b` or the loopback's."""
    if "::" not in written and written.count(":") < 6:  # noqa: PLR2004
        return False
    try:
        address = ip_address(written)
    except ValueError:
        return False
    word = not any(map(str.isdigit, written))
    return not (word or address.is_unspecified or address.is_loopback)


def _iban(text: str, match: re.Match[str]) -> Span | None:
    """Return an account number, found by the digits behind its country's letters."""
    start = match.start() - 2
    length = check.iban_length(text[start : match.end()])
    return None if length is None else (start, start + length)


def _phone(text: str, match: re.Match[str]) -> Span | None:  # noqa: ARG001
    return match.span() if 8 <= len(_digits(match[0])) <= 15 else None  # noqa: PLR2004


_DIGITS = {
    "us_ssn": 9, "br_cpf": 11, "in_aadhaar": 12, "in_pan": 4, "gb_nino": 6, "es": 7, "kr": 13,
    "se": 10, "cn": 17, "fr_nir": 15, "pl_pesel": 11,
}  # fmt: skip
"""How many digits stand in one row of such a number; Italy's are broken up by letters."""


def _identity(country: str, pattern: str, judge: Callable[[str], bool] | None = None,
              needles: tuple[str, ...] = ()) -> Rule:  # fmt: skip
    return Rule(name=f"national_id:{country}", kind="national_id", needles=needles or DIGITS,
                pattern=re.compile(pattern), check=_by(judge) if judge else None,
                digits=_DIGITS.get(country, 0))  # fmt: skip


_LOCAL = re.compile(r"[\w.%+'-]+")
_LONGEST_LOCAL = 128


def _email(text: str, match: re.Match[str]) -> Span | None:
    """Return an address, found by its domain, with what stands before the sign."""
    before = text[max(0, match.start() - _LONGEST_LOCAL) : match.start()]
    local = _LOCAL.match(before[::-1])
    return (match.start() - local.end(), match.end()) if local else None


# A pattern begins with the character that it needs, and looks behind it afterwards: so the search
# skips all others at the speed of C.
_FIRST = r"[0-9](?<![0-9]{2})"
_FREE = rf"{_FIRST}(?<![0-9][.,][0-9])"
_NO_MORE = "(?![0-9])"
_END = "(?![A-Za-z0-9])"

NUMBER_RULES: tuple[Rule, ...] = (
    Rule(name="email", kind="email", needles=("@",), check=_email, pattern=re.compile(
        r"@[\w-]+(?:\.[\w-]+)+")),
    Rule(name="iban", kind="iban", check=_iban, needles=DIGITS, pattern=re.compile(
        r"[0-9](?<=[A-Za-z]{2}[0-9])(?<![A-Za-z0-9][A-Za-z]{2}[0-9])[0-9]"
        r"(?:[ -]?[A-Za-z0-9]){11,30}")),
    Rule(name="card", kind="card", check=_card, digits=12, needles=DIGITS, pattern=re.compile(
        rf"{_FREE}(?:[0-9]{{11,18}}|[0-9]{{3}}([ .-])[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{1,7}}"
        rf"|[0-9]{{3}}[ .-][0-9]{{6}}[ .-][0-9]{{4,5}}){_NO_MORE}")),
    _identity("us_ssn", rf"{_FIRST}(?<![0-9]-[0-9])[0-9]{{2}}-[0-9]{{2}}-[0-9]{{4}}(?![0-9-])",
              _ssn, ("-",)),
    _identity("br_cpf", rf"{_FIRST}[0-9]{{2}}\.[0-9]{{3}}\.[0-9]{{3}}-[0-9]{{2}}{_NO_MORE}",
              lambda text: check.cpf(_digits(text)), ("-",)),
    _identity("in_aadhaar", r"[2-9](?<![0-9]{2})(?<![0-9][ -][2-9])[0-9]{3}([ -])[0-9]{4}\1[0-9]{4}"
              r"(?![ -]?[0-9])(?!-\w)", lambda text: check.verhoeff(_digits(text))),
    _identity("in_pan", rf"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z]{{2}}[ABCFGHLJPT][A-Z][0-9]{{4}}[A-Z]"
              rf"{_END}"),
    _identity("gb_nino", r"[A-CEGHJ-PR-TW-Z](?<![A-Za-z0-9][A-Z])[A-CEGHJ-NPR-TW-Z]"
              rf"(?: ?[0-9]{{2}}){{3}} ?[A-D]{_END}"),
    _identity("es", rf"[XYZ0-9](?<![A-Za-z0-9][XYZ0-9])[0-9]{{7}}[A-Z]{_END}", check.spain),
    _identity("it_fiscal", r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z]{5}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z]"
              rf"[0-9]{{3}}[A-Z]{_END}"),
    _identity("kr", rf"{_FIRST}[0-9](?:0[0-9]|1[0-2])[0-3][0-9]-[1-8][0-9]{{6}}{_NO_MORE}",
              None, ("-",)),
    _identity("se", rf"{_FIRST}(?:(?<=1)9|(?<=2)0)?[0-9]{{1,2}}(?:0[0-9]|1[0-2])[0-3][0-9][-+]"
              rf"[0-9]{{4}}{_NO_MORE}", lambda text: check.luhn(_digits(text)[-10:]), ("-", "+")),
    _identity("cn", rf"{_FREE}[0-9]{{16}}[0-9Xx]{_END}", _long(18)),
    _identity("fr_nir", rf"[12](?<![0-9]{{2}})(?<![0-9][.,][12])[0-9]{{14}}{_NO_MORE}", _long(15)),
    _identity("pl_pesel", rf"{_FREE}[0-9]{{10}}{_NO_MORE}", _long(11)),
    Rule(name="ip", kind="ip", needles=(".",), check=_address, digits=4, pattern=re.compile(
        rf"{_FIRST}(?<![0-9]\.[0-9])[0-9]{{0,2}}(?:\.[0-9]{{1,3}}){{3}}{_NO_MORE}(?!\.[0-9])")),
    Rule(name="ip", kind="ip", needles=(":",), check=_address, hint=re.compile(
        r":[0-9A-Fa-f]{0,4}:"), pattern=re.compile(
        r"[0-9A-Fa-f:](?<![\w:.][0-9A-Fa-f:])(?<=[0-9A-Fa-f:])"
        r"(?:[0-9A-Fa-f]{0,3}:[0-9A-Fa-f]{0,4}:|(?<=:):)[0-9A-Fa-f:]{0,37}"
        r"(?:(?<=:)[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?![\w:])")),
    Rule(name="phone", kind="phone", needles=("+",), check=_phone, digits=6, pattern=re.compile(
        rf"\+(?<![\w+]\+)[1-9](?:[ ().-]{{0,2}}[0-9]){{7,14}}{_NO_MORE}")),
    Rule(name="phone", kind="phone", check=_phone, digits=6, needles=DIGITS, pattern=re.compile(
        r"[(0-9](?<![0-9.][(0-9])(?:(?<=\()[0-9]{3}\) {0,2}|(?<=[0-9])[0-9]{2}[-. ])"
        rf"[0-9]{{3}}[-. ][0-9]{{4}}{_NO_MORE}")),
    Rule(name="phone", kind="phone", check=_phone, digits=6, needles=("0",), pattern=re.compile(
        r"[(0](?<![\w.,+-][(0])(?:(?<=0)0[1-9][0-9]{0,2}|(?<=0)[1-9][0-9]{0,3}"
        r"|(?<=\()0[1-9][0-9]{0,3}\))(?:[ /.-]{1,2}[0-9]{2,8}){1,5}(?![0-9.-])")),
)  # fmt: skip
"""In this order: the longer and surer before the shorter."""
