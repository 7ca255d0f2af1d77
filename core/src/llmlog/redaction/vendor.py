"""Credentials as their vendors write them: by their beginnings, and by their shapes."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator

from llmlog.redaction.rule import Check, Rule, Span
from llmlog.redaction.vendor_table import TABLE

_W, _A, _B, _HEX = "[A-Za-z0-9_-]", "[A-Za-z0-9]", "[A-Za-z0-9_=+/-]", "[0-9a-f]"
_NAMED = {"<W>": _W, "<A>": _A, "<B>": _B, "<H>": _HEX}
_BOUNDARY = "(?<![A-Za-z0-9]"


def _rules(table: str) -> Iterator[Rule]:
    """Yield a rule for each beginning in a table."""
    for line in filter(None, table.splitlines()):
        label, _, tail, *beginnings = line.split()
        alone = tail.startswith("!")
        for name, characters in _NAMED.items():
            tail = tail.replace(name, characters)
        for beginning in beginnings:
            start = re.escape(beginning)
            before = f"{_BOUNDARY}{start})" if alone else ""
            yield Rule(name=f"credential:{label}", kind="credential", needles=(beginning,),
                       view="word", pattern=re.compile(start + before + tail[alone:]))  # fmt: skip


def _whole(before: str, most: int) -> Check:
    """Return a check that hides what stands before a match too, at most `most` characters."""

    def check(text: str, found: re.Match[str]) -> Span | None:
        start = found.start()
        least = max(0, start - most)
        while start > least and (
            text[start - 1] in before or (text[start - 1].isalnum() and text[start - 1].isascii())
        ):
            start -= 1
        return (start, found.end())

    return check


def _opaque(_: str, found: re.Match[str]) -> Span | None:
    """Return what begins as JSON in base64 and is none: its rest is sealed or signed."""
    compact = found[0].rstrip("=").replace("=", "").replace("+", "-").replace("/", "_")
    usable = compact[: len(compact) - (len(compact) % 4 == 1)]
    try:
        urlsafe_b64decode(usable + "=" * (-len(usable) % 4)).decode()
    except UnicodeDecodeError:
        return found.span()
    return None


def _random(_: str, found: re.Match[str]) -> Span | None:
    """Return base32 that is no word in capitals: digits stand in two places at least."""
    return found.span() if len(re.findall("[2-7]+", found[0])) > 1 else None


def _shaped(label: str, pattern: str, needles: tuple[str, ...], check: Check | None = None) -> Rule:
    return Rule(name=f"credential:{label}", kind="credential", needles=needles, check=check,
                view="word", pattern=re.compile(pattern, re.ASCII))  # fmt: skip


_ALONE, _END = "(?<![A-Za-z0-9_-])", "(?![A-Za-z0-9_-])"
_TWILIO = "AC|AD|AL|CA|CF|CL|CN|CR|FW|IP|KS|MM|NO|PK|PN|QU|RE|SC|SD|SK|SM|TR|US|UT|XE|XR"
_SHORT_KEYS = ("MHcCAQEE", "MIGkAgEB", "MIHcAgEB", "MIGHAgEA", "MIG2AgEA", "MIHuAgEA",
               "MC4CAQAwBQYDK2V")  # fmt: skip
"""How elliptic keys begin in DER and base64: RFC 5915, and RFC 5958 for P-256 to 521 and 25519."""

_SHAPED: tuple[Rule, ...] = (
    _shaped("jwt", rf"eyJ(?<!{_W}eyJ){_B}{{10,}}(?:\.{_B}*){{2,}}", ("eyJ",)),
    _shaped("jwt", rf"eyJ(?<![A-Za-z0-9_-]eyJ){_W}{{8,}}\.{_W}{{8,}}", ("eyJ",)),
    _shaped("jwt", rf"ey(?<!{_W}ey){_A}{{17,}}\.ey[A-Za-z0-9/\\_-]{{17,}}\.{_B}*", (".ey",)),
    _shaped("sealed", rf"(?:eyJ|eyA|ewo|ew0K|W3s|Wwo|Wwp7|Ww0K|WyJ){_B}{{57,}}", (
        "eyJ", "eyA", "ewo", "ew0K", "W3s", "Wwo", "Wwp7", "Ww0K", "WyJ"), _opaque),
    _shaped("private_key", "(?:UFJJVkFURSBLRVkt|QUklWQVRFIEtFWS0t|BSSVZBVEUgS0VZ)[A-Za-z0-9_=+/-]*",
            ("UFJJVkFURSBLRVkt", "QUklWQVRFIEtFWS0t", "BSSVZBVEUgS0VZ"), _whole("_+/-", 8000)),
    _shaped("private_key", "MII[A-Za-z0-9+/]{2}[AQgw]IBA[A-D][A-Za-z0-9+/=]{40,}", ("MII",)),
    _shaped("private_key", "MII[A-Za-z0-9+/]{5}BgkqhkiG9w0BBQ[A-Za-z0-9+/=]{40,}", ("MII",)),
    _shaped("private_key", f"(?:{'|'.join(_SHORT_KEYS)})[A-Za-z0-9+/=]{{30,}}", _SHORT_KEYS),
    _shaped("azure", r"[0-9]Q~[A-Za-z0-9_~.-]{31,}", ("Q~",), _whole("_~.-", 3)),
    _shaped("azure", r"JQQJ9[9DH][0-9A-Za-z]{26}[A-Za-z0-9=]{0,4}", ("JQQJ9",), _whole("", 52)),
    _shaped("terraform", r"\.atlasv1\.[A-Za-z0-9_=-]{30,}", (".atlasv1.",), _whole("_-", 14)),
    _shaped("mailchimp", rf"-us(?<={_W}{{32}}-us)[0-9]{{1,2}}{_END}", ("-us",), _whole("_-", 32)),
    _shaped("mailgun", rf"-(?<={_HEX}{{32}}-){_HEX}{{8}}-{_HEX}{{8}}{_END}", ("-",),
            _whole("", 32)),
    _shaped("telegram", rf"[0-9](?<![A-Za-z0-9_-][0-9])(?:[0-9]{{7,9}}:{_W}|[0-9]{{4,15}}:A)"
            f"{_W}{{34}}{_END}", (":",)),
    _shaped("facebook", rf"[|%](?<=[0-9]{{12}}[|%]){_W}{{24,40}}{_END}", ("|", "%"),
            _whole("", 18)),
    _shaped("discord", rf"[MNO](?<!{_W}[MNO]){_W}{{23,27}}\.{_W}{{6}}\.{_W}{{27,40}}", (".",)),
    _shaped("discord", rf"/[0-9]{{16,22}}/{_W}{{40,}}", ("/",)),
    _shaped("nkey", rf"S[ACNOPUX](?<!{_W}S[A-Z])[A-Z2-7]{{40,}}{_END}",
            ("SA", "SC", "SN", "SO", "SP", "SU", "SX")),
    _shaped("twilio", rf"[ACFIKMNPQRSTUX](?<!{_W}.)[A-Z](?<={_TWILIO})"
            rf"(?:{_HEX}{{32}}|[0-9A-F]{{32}}|(?<=SK|AC)[0-9A-Fa-f]{{32}}){_END}", ()),
    _shaped("airtable", rf"\.v1\.(?<={_A}{{6}}\.v1\.){_W}{{10,}}\.{_HEX}{{32,}}", (".v1.",),
            _whole("", 120)),
    _shaped("salesforce", r"!(?<=00[0-9A-Za-z]{13}!)[0-9A-Za-z_.]{60,}", ("!",), _whole("", 15)),
    _shaped("newrelic", r"NRAL(?<=[0-9a-f]{31}NRAL)(?![A-Za-z0-9])", ("NRAL",), _whole("", 36)),
    _shaped("maxmind", rf"_mmk(?<={_W}{{29}}_mmk)(?![A-Za-z0-9])", ("_mmk",), _whole("_", 36)),
    _shaped("dropbox", "A{10,12}[B-Za-z0-9][0-9A-Za-z]{40,44}(?![A-Za-z0-9_=/+-])", ("A" * 10,),
            _whole("", 13)),
    _shaped("jira", rf"[MNO](?<!{_W}[MNO])[ADQTgjwz][AEIMQUYcgk][0-5w-z]"
            rf"(?=[A-Za-z]{{0,39}}[0-9_-]){_W}{{40}}{_END}", ()),
    _shaped("otp", r"[A-Z2-7](?<![A-Za-z0-9_/+-][A-Z2-7])[A-Z2-7]{15}(?:[A-Z2-7]{16})?"
            "(?![A-Za-z0-9_=/+-])", (), _random),
)  # fmt: skip

_PEM = r"(?:[^-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,40}-----)?"
_KEY_FILE = Rule(
    name="credential:private_key", kind="credential", needles=("-----BEGIN ",),
    pattern=re.compile("-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----" + _PEM),
)  # fmt: skip
_WEBHOOK = Rule(
    name="credential:teams", kind="credential", needles=("office.com/webhook",),
    pattern=re.compile(r"office\.com/webhook(?:b2)?/[A-Za-z0-9@/-]{30,}"),
)  # fmt: skip
VENDOR_RULES: tuple[Rule, ...] = (*_rules(TABLE), *_SHAPED, _KEY_FILE, _WEBHOOK)
