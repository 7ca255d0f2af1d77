"""Mutants that change nothing which can be seen, by module, each with its reason.

A change is named as `benchmarks/mutation.py` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping

_ASSIGNMENT: Mapping[str, str] = {}
_BUDGET: Mapping[str, str] = {}
_CHECK: Mapping[str, str] = {}
_FORM: Mapping[str, str] = {
    "_odd_characters: for code in range(128, sys.maxunicode + 1):"
    " -> for code in range(129, sys.maxunicode + 1):":
        "U+0080 is a control character, which is neither dropped nor a digit",
    "_odd_characters: for code in range(128, sys.maxunicode + 1):"
    " -> for code in range(128, sys.maxunicode - 1):":
        "the last two code points are no characters, for ever",
    "plain_characters: if len(text) > _LONG"
    " and _normal(text[:_SAMPLE]) > _LONGEST * _SAMPLE // len(text): -> if len(text) >= _LONG"
    " and _normal(text[:_SAMPLE]) > _LONGEST * _SAMPLE // len(text):":
        "no character grows more than eighteenfold, so a text of exactly 100,000 is never too long",
}  # fmt: skip
_HEADER: Mapping[str, str] = {}
_HIDING: Mapping[str, str] = {}
_IDENTITY: Mapping[str, str] = {}
_KNOWN: Mapping[str, str] = {}
_MASKING: Mapping[str, str] = {}
_NAME: Mapping[str, str] = {}
_NEEDLE: Mapping[str, str] = {}
_NUMBER: Mapping[str, str] = {}
_PHONE: Mapping[str, str] = {}
_POLICY: Mapping[str, str] = {}
_PSEUDONYM: Mapping[str, str] = {}
_REPLY: Mapping[str, str] = {}
_REWRITING: Mapping[str, str] = {}
_RULE: Mapping[str, str] = {}
_SEALING: Mapping[str, str] = {}
_STAGE: Mapping[str, str] = {}
_VENDOR: Mapping[str, str] = {}
_VIEW: Mapping[str, str] = {}
_WALK: Mapping[str, str] = {}

EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "assignment": _ASSIGNMENT, "budget": _BUDGET, "check": _CHECK, "form": _FORM,
    "header": _HEADER, "hiding": _HIDING, "identity": _IDENTITY, "known": _KNOWN,
    "masking": _MASKING, "name": _NAME, "needle": _NEEDLE, "number": _NUMBER, "phone": _PHONE,
    "policy": _POLICY, "pseudonym": _PSEUDONYM, "reply": _REPLY, "rewriting": _REWRITING,
    "rule": _RULE, "sealing": _SEALING, "stage": _STAGE, "vendor": _VENDOR, "view": _VIEW,
    "walk": _WALK,
}  # fmt: skip
