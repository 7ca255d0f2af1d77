"""Names that say what their value is, however they are spelled."""

from __future__ import annotations

from typing import Any

import pytest

from llmlog.redaction.name import is_token_of_text, kind_of, may_be_of_key


@pytest.mark.parametrize(("name", "kind"), [
    ("dbPassword", "credential"), ("DB_PASSWORD", "credential"), ("db-password", "credential"),
    ("X-Api-Key", "credential"), ("ssn", "national_id"), ("userSSN", "national_id"), ("lesson", None),
    ("max_tokens", None), ("tokenizer", None), ("monkey", None), ("author", None), ("", None), ("...", None),
    ("phone_number", "phone"), ("email", "email"), ("cvv2", "card"), ("clientIp", "ip"), ("iban", "iban"),
])  # fmt: skip
def test_a_name_is_known_in_any_spelling(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "name", ["ｐａｓｓｗｏｒｄ", "pass\u200bword", "päss.ＰＡＳＳＷＯＲＤ", "é_pass\u2060word"]
)
def test_width_and_invisible_characters_change_no_name(name: str) -> None:
    assert kind_of(name) == "credential"


def test_other_letters_are_no_name() -> None:
    assert kind_of("größe") is None
    assert kind_of("пароль") is None


def test_a_name_is_made_of_four_words_at_most() -> None:
    assert kind_of("my n_i_n_o") == "national_id"
    assert kind_of("t_o_k_e_n") is None


def test_the_last_two_hundred_characters_of_a_name_count() -> None:
    assert kind_of(f"pass{'_' * 192}word") == "credential"
    assert kind_of(f"pass{'_' * 193}word") is None


@pytest.mark.parametrize(("name", "value", "siblings", "is_token"), [
    ("token", "Hi", {"logprob": -1.0}, True), ("token", "Hi", {"bytes": []}, True), ("token", "Hi", {"logit": 1}, True),
    ("TOKEN", 5, {}, True), ("otp", 4.5, {}, True), ("token", "Hi", {"other": 1}, False), ("token", "Hi", {}, False),
    ("password", 5, {}, False), ("password", "Hi", {"logprob": -1.0}, False),
])  # fmt: skip
def test_a_models_token_is_no_credential(
    name: str, value: Any, siblings: dict[str, Any], is_token: bool
) -> None:
    assert is_token_of_text(name, value, siblings) is is_token


@pytest.mark.parametrize(("name", "may_be"), [
    ("MAPS_KEY", True), ("mapsKey", True), ("MAPS_KEY_2", True), ("maps-key-2-3", True), ("server_private", True),
    ("server_access", True), ("my_maps_key", True), ("cache_key", False), ("my_cache_key", False), ("cache_maps_key", True),
    ("publicKey", False), ("key", False), ("key2", False), ("monkey", False), ("key_maps", False), ("maps", False),
    ("2", False), ("12_3", False), ("", False), ("ｍａｐｓ＿ｋｅｙ", True),
])  # fmt: skip
def test_a_name_that_ends_in_key_may_be_a_keys_unless_it_says_which(
    name: str, may_be: bool
) -> None:
    assert may_be_of_key(name) is may_be


def test_the_last_two_hundred_characters_of_a_keys_name_count() -> None:
    assert may_be_of_key(f"a{'_' * 196}key") is True
    assert may_be_of_key(f"a{'_' * 197}key") is False
