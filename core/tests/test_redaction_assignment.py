"""Values that their name or their scheme announces; words of prose stay."""

from __future__ import annotations

import pytest

from llmlog.redaction.assignment import ASSIGNMENT_RULES
from llmlog.redaction.stage import folded

RULES = {rule.name: rule for rule in ASSIGNMENT_RULES}


def hidden(name: str, text: str) -> str:
    rule = RULES[f"credential:{name}"]
    return rule.apply(text, text if rule.view == "text" else folded(text))[0]


@pytest.mark.parametrize(("text", "left"), [
    ("password=hunter", "password=[credential:assigned]"), ("password: open", "password: [credential:assigned]"),
    ("PASSWORD='open sesame'", "PASSWORD='[credential:assigned] sesame'"),
    ('{"api_key": "abcdef"}', '{"api_key": "[credential:assigned]"}'), ("password=abc", "password=abc"),
    ("the secret: nothing more", "the secret: nothing more"), ("Token: Something", "Token: Something"),
    ("COOKIE: CHOCOLATE", "COOKIE: CHOCOLATE"), ("token=abc1", "token=[credential:assigned]"),
    ("token=aBcd", "token=[credential:assigned]"), ("secret: x-y.Z", "secret: [credential:assigned]"),
])  # fmt: skip
def test_what_a_name_announces_is_hidden_unless_it_is_prose(text: str, left: str) -> None:
    assert hidden("assigned", text) == left


@pytest.mark.parametrize("text", [
    "[credential:1password]", "it is [credential:1password]", "token [credential:openai] and [credential:npm_token]",
])  # fmt: skip
def test_a_placeholder_is_no_assignment(text: str) -> None:
    assert hidden("assigned", text) == text


def test_what_looks_like_a_placeholder_far_off_is_none() -> None:
    assert hidden("assigned", "[[credential:abcdef1") == "[[credential:[credential:assigned]"
    assert hidden("assigned", "credential: abcdefgh") == "credential: abcdefgh"
    assert hidden("assigned", "credential: abcdefg1") == "credential: [credential:assigned]"


@pytest.mark.parametrize(("text", "left"), [
    ("Bearer abcdefg1", "Bearer [credential:header]"), ("basic abCdefgh", "basic [credential:header]"),
    ("Basic abcdefg=", "Basic [credential:header]"), ("Basic abcdefG=", "Basic [credential:header]"),
    ("basic understanding", "basic understanding"), ("Basic Understanding", "Basic Understanding"),
    ("KEY QUESTIONS", "KEY QUESTIONS"), ("bearer abc1", "bearer abc1"),
])  # fmt: skip
def test_what_follows_a_scheme_is_hidden_unless_it_is_a_word(text: str, left: str) -> None:
    assert hidden("header", text) == left


@pytest.mark.parametrize(("value", "good"), [
    ("abcdefghijkl123", True), ("abcdefghijklm12", False), ("a1234567890123456789", True),
    ("123456789012345", False), ("1234567890123456", True), ("12345678901234a", True), ("abcdefghijk123", False),
])  # fmt: skip
def test_a_vendors_value_looks_like_a_key(value: str, good: bool) -> None:
    """Fifteen characters, three digits; digits alone are a key from sixteen on."""
    left = "[credential:vendor]" if good else value
    assert hidden("vendor", f"okta = {value}") == f"okta = {left}"


def test_a_user_and_a_password_of_an_address_are_hidden() -> None:
    assert (
        hidden("userinfo", "https://zoe:pass@host/x@y") == "https://[credential:userinfo]@host/x@y"
    )
