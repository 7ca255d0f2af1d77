"""Credentials known by what stands before them: `password=`, `Bearer `, `https://user:...@`."""

from __future__ import annotations

import re

from llmlog.redaction.rule import Rule, Span

_NAMES = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "api-key", "apikey",
    "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey",
    "secret_key", "secret-key", "secretkey", "account_key", "account-key", "accountkey",
    "signing_key", "encryption_key", "master_key", "credential", "authorization", "x-api-key",
    "ocp-apim-subscription-key", "sharedaccesskey", "cookie",
)  # fmt: skip
_SCHEMES = ("bearer", "basic", "token", "digest", "negotiate", "apikey", "key")
_PROSE = frozenset({"secret", "token", "credential", "authorization", "cookie"})

_VALUE = r"(?:\\?[\"'])?(?P<value>[^\s\"'\\,;&<>(){}\[\]]{4,})"
_ASSIGNED = re.compile(
    rf"(?P<name>{'|'.join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))})"
    rf"(?:\\?[\"'])?\s{{0,3}}(?:=>|:=|==?|:|%3d)\s{{0,3}}{_VALUE}"
)
_HEADER = re.compile(rf"(?P<name>{'|'.join(_SCHEMES)})\s{{1,3}}(?P<value>[a-z0-9._~+/=-]{{8,}})")


def _assigned(text: str, match: re.Match[str]) -> Span | None:
    start, stop = match.span("value")
    value = text[start:stop]
    if value.startswith("[") or (match["name"] in _PROSE and not _odd(value)):
        return None
    return start, stop


def _header(text: str, match: re.Match[str]) -> Span | None:
    start, stop = match.span("value")
    value = text[start:stop]
    return (start, stop) if _odd(value) or value.endswith("=") else None


def _odd(value: str) -> bool:
    """Say whether a value is no word of a language: a digit, or a capital inside."""
    return any(map(str.isdigit, value)) or not (value[1:].islower() or value.isupper())


ASSIGNMENT_RULES: tuple[Rule, ...] = (
    Rule(name="credential:header", kind="credential", needles=_SCHEMES, pattern=_HEADER,
         check=_header, folded=True),
    Rule(name="credential:assigned", kind="credential", needles=_NAMES, pattern=_ASSIGNED,
         check=_assigned, folded=True),
    Rule(name="credential:userinfo", kind="credential", needles=("://",),
         pattern=re.compile(r"://(?P<value>[^\s/?#@\"'<>\[\]]+)@"),
         check=lambda _, match: match.span("value")),
)  # fmt: skip
"""Rules that hide a value and leave its name."""
