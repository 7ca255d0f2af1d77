"""Masks: what they find, in which forms, what they leave alone, and the receipts they write."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

try:
    from re import _parser as parser
except ImportError:
    import sre_parse as parser

from llmlog.redaction import KINDS, Policy
from llmlog.redaction.budget import Budget
from llmlog.redaction.check import card, iban_length, luhn, verhoeff
from llmlog.redaction.masking import Clean, Masking, Masks
from llmlog.redaction.name import kind_of
from llmlog.redaction.needle import Needles
from llmlog.redaction.number import NUMBER_RULES
from llmlog.redaction.stage import stages_of
from llmlog.redaction.vendor import VENDOR_RULES
from llmlog.redaction.view import SEAM
from llmlog.secret import Secret
from llmlog.testing import sample
from llmlog.testing.strategies import payloads

MASKS = Masks(kinds=frozenset(KINDS))
A = "a1B2c3D4e5F6a7B8c9D0"


def masked(value: Any, *kinds: str) -> Any:
    masks = Masks(kinds=frozenset(kinds)) if kinds else MASKS
    return Masking(masks, Budget()).value(value)


FOUND: Mapping[str, tuple[str, ...]] = {
    "[credential:openai]": (f"sk-proj-{A}",),
    "[credential:anthropic]": (f"sk-ant-api03-{A}",),
    "[credential:secret_key]": (f"sk-{A}{A}",),
    "[credential:stripe]": (f"sk_live_{A}", f"rk_test_{A}"),
    "[credential:aws]": ("AKIAABCDEFGHIJKLMNOP", "ASIAABCDEFGHIJKLMNOP"),
    "[credential:google]": (f"AIza{A}{A}"[:39], f"ya29.{A}"),
    "[credential:github]": (f"ghp_{A}{A}"[:40], f"github_pat_{A}_{A}"),
    "[credential:gitlab]": (f"glpat-{A}",),
    "[credential:slack]": ("xoxb-123456789012-abcdefABCDEF", "hooks.slack.com/services/T0/B0/abcdefgh"),
    "[credential:huggingface]": (f"hf_{A}{A}",),
    "[credential:sendgrid]": (f"SG.{A}.{A}",),
    "[credential:jwt]": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.abc_DEF-1",),
    "[credential:private_key]": (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIB-\n-----END RSA PRIVATE KEY-----",
    ),
    "[email]": ("zoe@example.com", "first.last+tag@mail.example.co.uk", "ü@exämple.de"),
    "[card]": ("4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004",
               "3782 822463 10005", "6011000990139424"),
    "[iban]": ("GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000",
               "NO9386011117947"),
    "[national_id:us_ssn]": ("536-22-1234",),
    "[national_id:gb_nino]": ("AB123456C", "AB 12 34 56 C"),
    "[national_id:es]": ("12345678Z", "X1234567L"),
    "[national_id:it_fiscal]": ("RSSMRA85T10A562S",),
    "[national_id:br_cpf]": ("529.982.247-25",),
    "[national_id:pl_pesel]": ("44051401359",),
    "[national_id:cn]": ("11010519491231002X",),
    "[national_id:fr_nir]": ("295109912611193",),
    "[national_id:in_aadhaar]": ("2341 2341 2346",),
    "[national_id:in_pan]": ("ABCPE1234F",),
    "[national_id:kr]": ("850101-1234567",),
    "[national_id:se]": ("811228-9874",),
    "[ip]": ("203.0.113.7", "2001:db8::8a2e:370:7334", "fe80::1"),
    "[phone]": ("+14155550132", "+44 20 7946 0958", "(415) 555-0132", "415-555-0132",
                "020 7946 0958", "0049 30 1234567", "+1 (415) 555-0132"),
}  # fmt: skip


@pytest.mark.parametrize(("placeholder", "text"), [
    (placeholder, text) for placeholder, texts in FOUND.items() for text in texts
])  # fmt: skip
class TestFound:
    def test_alone_and_in_a_sentence(self, placeholder: str, text: str) -> None:
        assert masked(text) == placeholder
        assert masked(f"It is {text}, they said.") == f"It is {placeholder}, they said."

    def test_only_if_its_kind_is_asked_for(self, placeholder: str, text: str) -> None:
        kind = placeholder.strip("[]").partition(":")[0]
        assert masked(text, kind) == placeholder
        others = set(KINDS) - {kind}
        assert placeholder not in masked(text, *others)


@pytest.mark.parametrize(("text", "left"), [
    ("password=hunter2", "password=[credential:assigned]"),
    ("dbPassword: hunter2", "dbPassword: [credential:assigned]"),
    ('{"api_key": "abcdef', '{"api_key": "[credential:assigned]'),
    ("AWS_SECRET_ACCESS_KEY = abc/def+ghi", "AWS_SECRET_ACCESS_KEY = [credential:assigned]"),
    ("Authorization: Bearer abcdef0123456", "Authorization: Bearer [credential:header]"),
    ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic [credential:header]"),
    ("https://user:pa55@host/x", "https://[credential:userinfo]@host/x"),
    ("?token=abc123&x=1", "?token=[credential:assigned]&x=1"),
])  # fmt: skip
def test_what_a_name_announces_is_hidden_and_the_name_stays(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize("text", [
    "019a3f5e-0000-7000-a000-000000000001", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "4111111111111112",
    "1793534400000000000", "3.141592653589793", "0.4111111111111111", "12:30:45", "2026-11-01",
    "std::vector", "a::b", "127.0.0.1", "::1", "version 1.2.3", "max_tokens=64", "token_count: 512",
    "basic understanding of bearer tokens", "the secret: patience", "task-management-system",
    "desk-top", "4,000,000 people", "$1,234.56", "chatcmpl-abc123", "GB82WEST12345698765433",
    "666-12-3456", "10.1000/xyz", "@mention", "a@b", "room 415-555", "1 2 3 4 5 6 7 8 9 10",
    "gpt-4o-mini-2024-07-18", "12345678A", "/usr/lib/python3.11/site-packages", "C++ 11", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
])  # fmt: skip
def test_look_alikes_stay(text: str) -> None:
    assert masked(text) == text
    assert masked(f"see {text} there") == f"see {text} there"


@pytest.mark.parametrize("text", ["1 4111 1111 1111 1111", "1111 4111 1111 1111 1111",
                                  "99-4111 1111 1111 1111", "card4111111111111111now"])  # fmt: skip
def test_digits_before_a_card_do_not_hide_it(text: str) -> None:
    assert "4111" not in masked(text).replace("1111 4111", "") or "[card]" in masked(text)
    assert "1111 1111 1111" not in masked(text)


@pytest.mark.parametrize(("name", "kind"), [
    ("password", "credential"), ("dbPassword", "credential"), ("DB_PASSWORD", "credential"),
    ("X-Api-Key", "credential"), ("apikey", "credential"), ("openaiApiKey", "credential"),
    ("accessToken", "credential"), ("aws_secret_access_key", "credential"),
    ("Authorization", "credential"), ("Set-Cookie", "credential"), ("p\u200bassword", "credential"),
    ("ｐａｓｓｗｏｒｄ", "credential"), ("dbpassword", "credential"), ("auth", "credential"),
    ("ssn", "national_id"), ("phoneNumber", "phone"), ("userEmail", "email"), ("clientIp", "ip"),
    ("max_tokens", None), ("prompt_tokens", None), ("token_count", None), ("tokenizer", None),
    ("monkey", None), ("cache_key", None), ("key", None), ("author", None), ("note", None),
    ("keyboard", None), ("secretary", None), ("headphone", None), ("", None),
])  # fmt: skip
def test_a_key_says_what_its_value_is(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def test_a_named_value_is_hidden_whatever_it_is() -> None:
    value = {"password": "a", "apiKey": ["x", {"y": 1}], "pin": {"otp": 4711}, "secret": None}
    assert masked(value) == {
        "password": "[credential]", "apiKey": "[credential]", "pin": {"otp": 4711}, "secret": None,
    }  # fmt: skip


def test_tokens_of_a_model_stay() -> None:
    value = [{"token": "Hello", "logprob": -0.1, "bytes": [72]}, {"max_tokens": 5, "token": 12}]
    assert masked(value) == value


def test_numbers_are_looked_at_too() -> None:
    assert masked({"n": 4111111111111111, "ok": 42}) == {"n": "[card]", "ok": 42}


def test_two_keys_that_become_one_stay_two() -> None:
    assert masked({"a@example.com": 1, "b@example.com": 2}) == {"[email]": 1, "[email] 2": 2}


def test_emoji_and_odd_characters_stay_where_nothing_is_found() -> None:
    text = "\U0001f468\u200d\U0001f469 said \u00adﬁne ½ %41 &amp; \\u0041"
    assert masked(text) == text


def test_json_text_stays_json() -> None:
    text = json.dumps({"to": "zoe@example.com", "n": [1, None, True]})
    assert json.loads(masked(text)) == {"to": "[email]", "n": [1, None, True]}


@hypothesis_settings(deadline=None, max_examples=60)
@given(payload=payloads())
def test_masking_twice_changes_nothing_more(payload: Any) -> None:
    policy = Policy(content="masked")
    once = policy.apply(payload)
    again = policy.apply(once)
    assert evolve(again, changes=()) == evolve(once, changes=())


def test_receipts_say_rule_count_and_policy_and_never_what_was_found() -> None:
    policy = Policy(content="masked")
    payload = evolve(sample(), metadata={"a": "zoe@example.com ann@example.com", "b": "10.0.0.9"})
    changes = policy.apply(payload).changes
    assert [(c.path, c.action, c.rule, c.count, c.policy) for c in changes] == [
        ("metadata", "masked", "email", 2, policy.digest),
        ("metadata", "masked", "ip", 1, policy.digest),
    ]
    assert "zoe" not in repr(changes)


def test_equal_policies_have_one_hash_and_different_ones_two() -> None:
    assert Policy(content="masked").digest == Policy(content="masked").digest
    different = [Policy(), Policy(content="masked"), Policy(content="none"),
                 Policy(content="masked", kinds=frozenset({"email"})), Policy(hide_metadata=("a",)),
                 Policy(metadata=("a",)), Policy(pseudonyms=("user_id",))]  # fmt: skip
    assert len({policy.digest for policy in different}) == len(different)


def test_media_is_hidden_because_nothing_can_vouch_for_it() -> None:
    made = Policy(content="masked").apply(sample("media"))
    _, image, link = made.input_messages[0].parts
    assert (image.content, link.uri) == (None, "https://example.com/cat.png")
    assert [change.rule for change in made.changes] == ["hidden:media"]


def test_a_payload_with_nothing_to_hide_comes_back_itself() -> None:
    payload = sample("tools")
    assert Policy(content="masked").apply(payload) is payload
    assert Policy().apply(payload) is payload


class TestCheckDigits:
    @pytest.mark.parametrize("good", ["4111111111111111", "79927398713", "0"])
    def test_luhn(self, good: str) -> None:
        assert luhn(good)
        changed = good[:-1] + str((int(good[-1]) + 1) % 10)
        assert not luhn(changed)

    def test_every_single_wrong_digit_is_noticed(self) -> None:
        for judge, good in ((luhn, "4111111111111111"), (verhoeff, "234123412346")):
            for place in range(len(good)):
                for digit in "0123456789":
                    wrong = good[:place] + digit + good[place + 1 :]
                    assert judge(wrong) == (wrong == good)

    def test_a_card_has_an_issuer(self) -> None:
        assert not card("9111111111111111")
        assert not card("0000000000000000")

    def test_an_iban_has_its_countrys_length(self) -> None:
        assert iban_length("GB82 WEST 1234 5698 7654 32 IS MINE") == 27
        assert iban_length("GB82 WEST 1234 5698 7654 3") is None
        assert iban_length("ZZ82WEST12345698765432") is None


def test_both_ways_to_look_for_needles_agree(without_re2: Callable[[], None]) -> None:
    pytest.importorskip("re2")
    wanted = [rule.needles for rule in VENDOR_RULES] + [(), ("pass",)]
    together = Needles(wanted)
    without_re2()
    alone = Needles(wanted)
    texts = [
        "",
        "nothing",
        "ü",
        "\udc80",
        *(f"xx{each}yy" for needles in wanted for each in needles),
    ]
    for text in texts:
        assert list(together.present(text)) == list(alone.present(text))


def test_a_private_key_without_an_end_is_hidden_to_the_end() -> None:
    assert (
        masked("a -----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\nbnNza")
        == "a [credential:private_key]"
    )


def test_every_vendor_rule_finds_nothing_in_prose() -> None:
    prose = "The quick brown fox asks what a token is, and why keys like sk- or ghp_ have tails. "
    for rule in VENDOR_RULES:
        assert not rule.apply(prose * 20, prose * 20)[1]


class TestCleanTexts:
    def test_a_clean_text_is_searched_once(self) -> None:
        masks = Masks(kinds=frozenset(KINDS))
        masking = Masking(masks, Budget())
        masking.text("nothing here")
        assert masks.clean.knows("nothing here", masks.known.forms)

    def test_a_text_with_findings_is_not_remembered(self) -> None:
        masks = Masks(kinds=frozenset(KINDS))
        for _ in range(2):
            assert Masking(masks, Budget()).text("zoe@example.com") == "[email]"

    def test_what_became_known_since_is_found(self) -> None:
        masks = Masks(kinds=frozenset(KINDS))
        assert Masking(masks, Budget()).text("a later value") == "a later value"
        masks.known.learn([Secret("later value")])
        assert Masking(masks, Budget()).text("a later value") == "a [credential:known]"

    def test_they_are_bounded(self) -> None:
        clean = Clean(characters=200)
        for number in range(100):
            clean.add(f"text {number}", ())
        assert sum(clean.knows(f"text {number}", ()) for number in range(100)) <= 4


PIECES = st.sampled_from((
    "4111 1111 1111 1111", "AB 12 34 56 C", "10.0.0.9", "+44 20 7946 0958", "0.41111111111", "X1234567L",
    "GB82WEST12345698765432", "ghp_a1B2a1B2a1B2a1B2a1B2", "127122B03376669", "a", " ", "-", "\0", "é",
))  # fmt: skip


@hypothesis_settings(deadline=None)
@given(
    st.lists(PIECES | st.text("0123456789 ().+/-:abXZF@é\0", max_size=12), max_size=9).map("".join)
)
def test_nothing_is_missed_outside_of_a_view(text: str) -> None:
    for rule in (*NUMBER_RULES, *VENDOR_RULES[::7]):
        if rule.view in ("number", "word"):
            counts: Counter[str] = Counter()
            made = stages_of((rule,))[0].apply(text, counts, lambda: None)
            whole, found = rule.apply(text, text)
            assert (made, dict(counts)) == (whole, dict(found)), rule.name


def test_a_vendors_credential_is_one_long_word() -> None:
    """Its view holds long words alone, so a form that can be shorter or has a space is no good."""
    for rule in VENDOR_RULES:
        if rule.view == "word":
            least, _ = parser.parse(rule.pattern.pattern, rule.pattern.flags).getwidth()
            assert least >= 15 or rule.check or "(?<=" in rule.pattern.pattern, rule.pattern.pattern
            assert not rule.pattern.search(" " * 200 + SEAM * 200)
