"""Mutants that change nothing which can be seen, by module, each with its reason.

A change is named as `benchmarks/mutation.py` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping

_ASSIGNMENT: Mapping[str, str] = {}
_BUDGET: Mapping[str, str] = {}
_CHANCE: Mapping[str, str] = {}
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
_MASKING: Mapping[str, str] = {
    "_all_pairs: if len(made) < len(pairs): -> if len(made) <= len(pairs):":
        "without a repeated key both ways make the same object",
}  # fmt: skip
_NAME: Mapping[str, str] = {}
_NEEDLE: Mapping[str, str] = {}
_NUMBER: Mapping[str, str] = {
    "_is_ipv6: return False -> return None":
        "None is as false, and only whether it is false is asked",
    "_ipv6: before = _BEFORE.match(text[max(0, match.start() - 5):match.start()][::-1]) ->"
    " before = _BEFORE.match(text[max(0, match.start() - 6):match.start()][::-1])":
        "the pattern looks at five characters at most",
}  # fmt: skip
_PHONE: Mapping[str, str] = {}
_POLICY: Mapping[str, str] = {}
_PSEUDONYM: Mapping[str, str] = {}
_REPLY: Mapping[str, str] = {}
_REWRITING: Mapping[str, str] = {}
_RULE: Mapping[str, str] = {
    "Rule.spans: candidates, position = (self.pattern.finditer(subject, position), -1) ->"
    " candidates, position = (self.pattern.finditer(subject, position), -2)":
        "only whether it is below zero is asked",
}  # fmt: skip
_SEALING: Mapping[str, str] = {}
_STAGE: Mapping[str, str] = {}
_VENDOR: Mapping[str, str] = {}
_VIEW: Mapping[str, str] = {
    "_parts: first = last = end = -1 -> first = last = end = -2":
        "only whether they are below zero is asked",
    "_parts: if last < 0: -> if last <= 0:":
        "a part is not empty, so none ends at zero",
    "_parts: if last < 0: -> if last < 1:":
        "a part is not empty, so none ends at zero",
    "_parts: if last >= 0: -> if last > 0:":
        "a part is not empty, so none ends at zero",
    "_parts: if last >= 0: -> if last >= 1:":
        "a part is not empty, so none ends at zero",
    "long_rows: if position < 0: -> if position <= 0:":
        "a row is not empty, so none ends at zero",
    "long_rows: if position < 0: -> if position < 1:":
        "a row is not empty, so none ends at zero",
    "_enough: return digits >= _LEAST_DIGITS - 1 and bool(_TWO_LETTERS.search(kinds, max(0,"
    " start - 4), start)) -> return digits >= _LEAST_DIGITS - 1 and"
    " bool(_TWO_LETTERS.search(kinds, max(0, start - 5), start))":
        "the pattern looks at four characters at most",
    "_rows_of_digits: yield (start - more if start > more else 0, stop + less) -> yield"
    " (start - more if start >= more else 0, stop + less)":
        "where both are equal their difference is the zero, too",
}  # fmt: skip
_WALK: Mapping[str, str] = {}

EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "assignment": _ASSIGNMENT, "budget": _BUDGET, "chance": _CHANCE, "check": _CHECK, "form": _FORM,
    "header": _HEADER, "hiding": _HIDING, "identity": _IDENTITY, "known": _KNOWN,
    "masking": _MASKING, "name": _NAME, "needle": _NEEDLE, "number": _NUMBER, "phone": _PHONE,
    "policy": _POLICY, "pseudonym": _PSEUDONYM, "reply": _REPLY, "rewriting": _REWRITING,
    "rule": _RULE, "sealing": _SEALING, "stage": _STAGE, "vendor": _VENDOR, "view": _VIEW,
    "walk": _WALK,
}  # fmt: skip
