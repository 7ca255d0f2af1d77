"""Keys as their vendors write them, names that announce one, and phones: all obvious fakes."""

from __future__ import annotations

import pytest

from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.chance import by_chance
from llmlog.redaction.masking import Masking, Masks
from llmlog.redaction.name import may_be_of_key
from llmlog.redaction.rule import KINDS

FAKE, HEX, CHANCE = "fake" * 40, "0123456789abcdef" * 8, "a1B2c3D4e5F6g7H8i9J0"
UUID = "00000000-fake-fake-fake-000000000000"
MASKS = Masks(kinds=frozenset(KINDS))

KEYS = (
    f"aio_{FAKE[:28]}", f"p8e-fake-{FAKE[:27]}", f"pat{FAKE[:14]}.{FAKE[:64]}",
    f"fakefake.v1.{FAKE[:20]}.{HEX[:64]}", f"AKC{FAKE[:70]}", f"bkua_{FAKE[:40]}",
    f"pk_1234567_{FAKE.upper()[:32]}", f"cio{FAKE[:32]}", f"odt_{FAKE[:32]}", f"web_{FAKE[:32]}",
    f"dp.st.fake.{FAKE[:40]}", f"dt0F01.{FAKE.upper()[:24]}.{FAKE.upper()[:64]}",
    f"sk_{HEX[:48]}", f"flb_live_{FAKE[:20]}", f"shltm_{FAKE[:40]}", f"na1.{FAKE[:100]}",
    "ya29.fakefakefa", f"pat-eu1-{UUID}", f"ion_{FAKE[:42]}", f"mdb_sa_sk_{FAKE[:40]}",
    f"NF-{FAKE[:32]}", f"sk_test_{FAKE[:40]}", f"PMAK-{FAKE[:24]}-{FAKE[:34]}", f"pub-c-{UUID}",
    f"pul-{FAKE[:40]}", f"r8_-{FAKE[:36]}", f"rubygems_{FAKE[:48]}",
    f"001fakefakefake!{FAKE[:96]}", f"sqp_{FAKE[:40]}", f"slk_{HEX[:64]}",
    f"hawk.{FAKE[:20]}.{FAKE[:20]}", f"sbp_{FAKE[:40]}", f"thingsboard.cloud/api/v1/{FAKE[:20]}",
    f"tines.com/webhook/{FAKE[:32]}/{FAKE[:32]}", f"BBFF-{FAKE[:30]}",
    f"VF.DM.{HEX[:24]}.{FAKE[:16]}", f"hooks.zapier.com/hooks/catch/123456/{FAKE[:7]}",
    f"1000.{HEX[:32]}.{HEX[:32]}", f"outlook.office.com/webhook/{UUID}@{UUID}/IncomingWebhook/1",
    f"pk.{FAKE[:60]}.{FAKE[:22]}", f"t1.{FAKE[:20]}.{FAKE[:86]}", f"AQVN{FAKE[:36]}",
    f"AC{'aF' * 16}", f"xoxr0-{FAKE[:8]}-{FAKE[:8]}-{FAKE[:20]}", f"1234567890123:A{FAKE[:34]}",
    f"MHcCAQEE{FAKE[:60]}", f"MC4CAQAwBQYDK2VwBCIE{FAKE[:40]}", f"MIIFfakeBgkqhkiG9w0BBQ{FAKE[:60]}",
    f"ey{FAKE[:20]}.ey{FAKE[:20]}.{FAKE[:20]}",
)  # fmt: skip


def masked(text: str) -> str:
    return Masking(MASKS, Budget(Bounds(seconds=60.0))).text(text)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_hidden_to_its_end(key: str) -> None:
    for carrier in ("Use {} now.", "see https://example.com/?v={}&x=1", '{{"value": "{}"}}'):
        made = masked(carrier.format(key))
        assert "[credential:" in made
        assert key[-8:] not in made


@pytest.mark.parametrize("name", ["MAPS_KEY", "maps-key", "mapsKey", "ACME_PRIVATE", "acme_access",
                                  "MAPS_KEY_2"])  # fmt: skip
def test_a_value_made_by_chance_behind_a_keys_name_is_hidden(name: str) -> None:
    for text in (f"{name}={CHANCE}", f"{name}: '{CHANCE}'", f'"{name}" => "{CHANCE}"'):
        assert CHANCE not in masked(text)
    made = Masking(MASKS, Budget(Bounds(seconds=60.0))).value({name: CHANCE})
    assert made == {name: "[credential]"}


@pytest.mark.parametrize("text", [
    f"key={CHANCE}", f"monkey={CHANCE}", f"cache_key={CHANCE}", f"public_key={CHANCE}",
    "maps_key=2024-05-06-and-more", "maps_key=the_name_of_a_thing", "maps_key=short1A2b",
    f"maps_key={CHANCE}@example", "object.key = uploads/2024/05/06/report.pdf",
])  # fmt: skip
def test_what_is_no_key_stays_behind_a_keys_name(text: str) -> None:
    assert "credential" not in masked(text)


@pytest.mark.parametrize("name", ["cache_key", "PRIMARY-KEY", "publicKey", "key", "monkey", "keys",
                                  "", "2"])  # fmt: skip
def test_a_harmless_name_is_no_keys_name(name: str) -> None:
    assert not may_be_of_key(name)


@pytest.mark.parametrize(("text", "said"), [
    (CHANCE, True), ("a1b2c", True), ("a1b2", False), ("SparseLinear_v2", False), ("aBcDeFgH", False), ("a1b2c" + "d" * 16, False),
    ("20240506", False), ("", False), ("user42-of-2024", False), ("\u00e91a2b3c", True),
])  # fmt: skip
def test_chance_alternates_between_letters_and_digits(text: str, said: bool) -> None:
    assert by_chance(text) is said


def test_a_password_in_quotes_is_hidden_whole() -> None:
    for text in (
        'password: "ab,cdef;gh"',
        "password='ab,cdef;gh'",
        r"{\"password\": \"ab,cdef;gh\"}",
    ):
        assert "cdef" not in masked(text) and "gh" not in masked(text)
    assert masked('token="the next word"') == 'token="the next word"'


@pytest.mark.parametrize("phone", ["(351) 911600034", "(351) 915 076 170", "(00492) 58991",
                                   "945 84 220", "72-5727-7162"])  # fmt: skip
def test_a_phone_in_its_countrys_groups_is_hidden(phone: str) -> None:
    for carrier in ("Reach {}.", "a;{};b", '{{"value": "{}"}}', "{}"):
        assert masked(carrier.format(phone)) == carrier.format("[phone]")


@pytest.mark.parametrize("text", [
    "735 227 871", "27 87 12 90", "245 84 220", "1 945 84 220", "945 84 220 1", "945 84 2201",
    "10-2019-0012", "10-2019-1234", "1-72-5727-7162", "72-5727-7162-1", "(1) 234 567 890",
    "f(351) 911600034", "2,945 84 220",
])  # fmt: skip
def test_other_numbers_in_groups_stay(text: str) -> None:
    assert masked(text) == text
