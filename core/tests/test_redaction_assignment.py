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
    ("123456789012345", False), ("1234567890123456", True), ("12345678901234a", True), ("abcdefghijk123", True), ("abcdefghij123", False),
    ("12345678901234", False), ("some/path/of/a/file/that/is/long/enough123", False),
    ("some+part+of+a+text+that+is+long+enough123", False), ("aB3dE5gH7jK9mN1pQ2sT4vW6yZ8baB3dE5gH7jK9mN/+", True),
])  # fmt: skip
def test_a_vendors_value_looks_like_a_key(value: str, good: bool) -> None:
    """Fourteen characters, three digits; digits alone are a key from sixteen on."""
    left = "[credential:vendor]" if good else value
    assert hidden("vendor", f"okta = {value}") == f"okta = {left}"


def test_a_user_and_a_password_of_an_address_are_hidden() -> None:
    assert (
        hidden("userinfo", "https://zoe:pass@host/x@y") == "https://[credential:userinfo]@host/x@y"
    )


CHANCE = "aB3dE5gH7jK9mN1p"


@pytest.mark.parametrize(("text", "good"), [
    (f"MAPS_KEY={CHANCE}", True), (f"it is maps-key-2: {CHANCE}", True), (f"server_private = {CHANCE}==", True),
    (f'"mapsAccess": "{CHANCE}"', True), (f"MAPS_KEY={CHANCE[:15]}", False), ("MAPS_KEY=nothing-of-a-key", False),
    (f"key={CHANCE}", False), (f"monkey={CHANCE}", False), (f"cache_key={CHANCE}", False), (f"cacheKey={CHANCE}", False),
    (f"MAPS KEY={CHANCE}", False), (f"KEY_MAPS={CHANCE}", False), (f"MAPS_KEY={CHANCE}@x", False),
    (f"MAPS_KEY={CHANCE * 12}12345678", True), (f"MAPS_KEY={CHANCE * 12}123456789", False),
])  # fmt: skip
def test_a_value_made_by_chance_is_hidden_behind_a_name_of_a_key(text: str, good: bool) -> None:
    left = hidden("key", text)
    assert (left != text) is good
    assert CHANCE not in left or not good


def test_of_a_keys_long_name_the_last_forty_characters_count() -> None:
    for between, harmless in ((35, True), (36, False)):
        text = f"cache{'_' * between}KEY={CHANCE}"
        assert (hidden("key", text) == text) is harmless
    assert hidden("key", f"x_KEY={CHANCE} {'_' * 40}") == f"x_KEY=[credential:key] {'_' * 40}"
