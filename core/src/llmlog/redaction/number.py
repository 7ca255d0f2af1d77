"""Cards, accounts and addresses, each told by its own check; with phones and identity numbers."""

from __future__ import annotations

import re
from ipaddress import ip_address

from llmlog.redaction import check
from llmlog.redaction.identity import NUMBERED_IDS, SHAPED_IDS
from llmlog.redaction.phone import ANNOUNCED_PHONE, PHONE_RULES
from llmlog.redaction.rule import Rule, Span

_HASH = re.compile(r"[0-9a-fA-F]{32,128}")
_NEAR = 64
_SEPARATORS = dict.fromkeys(map(ord, " .-+()"))


def _card(text: str, match: re.Match[str]) -> Span | None:
    start, last = match.start(), match[5]
    if last is not None and len(last) == 4:  # noqa: PLR2004
        part = check.part_of_luhn
        if (part(text[start : start + 4]) + part(match[3]) + part(match[4]) + part(last)) % 10:
            return None
    stop = match.end(1)
    digits = text[start:stop].translate(_SEPARATORS)
    good = check.card(digits) and not _in_hash(text, start, stop)
    return (start, stop) if good else None


def _in_hash(text: str, start: int, stop: int) -> bool:
    """Say whether a row of digits is part of a hexadecimal digest."""
    first = max(0, start - _NEAR)
    return any(found.start() + first <= start and stop <= found.end() + first
               for found in _HASH.finditer(text[first : stop + _NEAR]))  # fmt: skip


_OCTET = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"
_OCTETS = re.compile(
    r"(?:(?<=1)(?!27\.)[0-9]{0,2}|(?<=2)(?:5[0-5]|[0-4]?[0-9])?|(?<=[3-9])[0-9]?|(?<=0)[0-9]{1,2})"
    rf"(?:\.{_OCTET}){{3}}(?![0-9])(?!\.[0-9])"
)


def _ipv4(text: str, match: re.Match[str]) -> Span | None:
    """Return an address, found by its first point, with the digits before it."""
    point = match.start()
    before = text[max(0, point - 4) : point]
    start = point - len(before) + len(before.rstrip("0123456789"))
    found = _OCTETS.match(text, start + 1)
    return (start, found.end()) if found else None


_HEXTETS = re.compile(
    r"(?:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{0,4}:|::)[0-9A-Fa-f:]{0,37}"
    r"(?:(?<=:)[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?![\w:])"
)
_BEFORE = re.compile(r"[0-9A-Fa-f]{0,4}(?![\w:.])")


def _ipv6(text: str, match: re.Match[str]) -> Span | None:
    """Return an address, found by its first two colons, with what stands before them."""
    before = _BEFORE.match(text[max(0, match.start() - 5) : match.start()][::-1])
    found = before and _HEXTETS.match(text, match.start() - before.end())
    return found.span() if found and _is_ipv6(found[0]) else None


def _is_ipv6(written: str) -> bool:
    """Say whether this is an address of version 6, and not `a::b` or the loopback's."""
    try:
        address = ip_address(written)
    except ValueError:
        return False
    word = not any(map(str.isdigit, written))
    return not (word or address.is_unspecified or address.is_loopback)


def _iban(text: str, match: re.Match[str]) -> Span | None:  # noqa: ARG001
    length = check.iban_length(match[0])
    return None if length is None else (match.start(), match.start() + length)


_LOCAL = re.compile(r"[\w.%+'-]+")
_LONGEST_LOCAL = 128


def _email(text: str, match: re.Match[str]) -> Span | None:
    """Return an address, found by its domain, with what stands before the sign."""
    stop = match.start()
    local = _LOCAL.match(text[max(0, stop - _LONGEST_LOCAL) : stop][::-1])
    return (stop - local.end(), match.end()) if local else None


# A pattern begins with the character that it needs, and looks behind it afterwards: so the search
# skips all others at the speed of C.
_HEXTET = "[0-9A-Fa-f]"
_NO_MORE = "(?![0-9])"

_EMAIL = Rule(name="email", kind="email", needles=("@",), check=_email,
              pattern=re.compile(r"@(?:[\w-]+\.)+[\w-]{2,}"))  # fmt: skip
_IBAN = Rule(name="iban", kind="iban", check=_iban, view="shape",
             shape=re.compile(b"aa00(?<![a0]aa00)"),
             pattern=re.compile("[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}"))  # fmt: skip
_CARD = Rule(name="card", kind="card", check=_card, view="number", pattern=re.compile(
    rf"[1-6](?<![0-9]{{2}})(?<![0-9][.,][1-6])(?=([0-9]{{11,18}}{_NO_MORE}"
    rf"|(?<=[2-6])[0-9]{{3}}([ .-])([0-9]{{4}})\2([0-9]{{4}})\2([0-9]{{1,7}}){_NO_MORE}"
    rf"|(?<=[2-6])[0-9]{{3}}[ .-][0-9]{{6}}[ .-][0-9]{{4,5}}{_NO_MORE}))"))  # fmt: skip
_IPV4 = Rule(name="ip", kind="ip", needles=(".",), check=_ipv4, view="number", pattern=re.compile(
    r"\.(?=[0-9]{1,3}\.[0-9]{1,3}\.[0-9])"
    + "".join(rf"(?<![0-9]\.[0-9]{{{count}}}\.)" for count in (1, 2, 3))))  # fmt: skip
_IPV6 = Rule(name="ip", kind="ip", needles=(":",), check=_ipv6, pattern=re.compile(
    f":(?=(?:{_HEXTET}{{1,4}}:){{0,5}}:|(?:{_HEXTET}{{1,4}}:){{5}})(?<!::)"
    + "".join(f"(?<!:{_HEXTET}{{{count}}}:)" for count in range(1, 5))))  # fmt: skip

NUMBER_RULES: tuple[Rule, ...] = (
    _EMAIL, _IBAN, *SHAPED_IDS, _CARD, *NUMBERED_IDS, _IPV4, *PHONE_RULES, ANNOUNCED_PHONE, _IPV6,
)  # fmt: skip
"""In this order: the longer and surer before the shorter."""
