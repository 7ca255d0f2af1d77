"""Mutants that change nothing which can be seen, by module, each with its reason.

A change is named as `benchmarks/mutation.py` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping

_ASSIGNMENT: Mapping[str, str] = {}
_BUDGET: Mapping[str, str] = {}
_CHECK: Mapping[str, str] = {}
_FORM: Mapping[str, str] = {}
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
