"""Cards, accounts, addresses and phone numbers: where each begins and ends, and what is none."""

from __future__ import annotations

import pytest

from llmlog.redaction.number import NUMBER_RULES
from llmlog.redaction.phone import ANNOUNCED_PHONE, PHONE_RULES, _rule

DIGEST = "d41d8cd98f00b204e9800998ecf8427e"
CARD = "4111111111111111"
DOTS = "." * 100
"""More than what is looked at around a row of digits."""


def found(name: str, text: str) -> str:
    """Return what the rules of a name leave of a text, without any view of it."""
    for rule in NUMBER_RULES:
        if rule.name == name and rule.shape is None:
            text, _ = rule.apply(text, text)
    return text


class TestCards:
    @pytest.mark.parametrize("card", [
        CARD, "6011000990139424", "6011 0009 9013 9424", "6011-0009-9013-9424", "6011.0009.9013.9424",
        "3782 822463 10005", "6304 0000 0000 00000", "6302 6144 6718 18338", "6371 7272 7131 853698",
        "6357 4083 5157 1377921", "4928 5864 2844 1",
    ])  # fmt: skip
    def test_each_is_hidden_whole(self, card: str) -> None:
        assert found("card", card) == "[card]"
        assert found("card", f"it is {card}, so") == "it is [card], so"

    @pytest.mark.parametrize("other", [
        "6011 0009 9013 9425", "6011 0009 9031 9424", "6011 0009 9013 0424", "6101 0009 9013 9424",
        "4111 1111-1111 1111", "4111111111111112", "6304 0000 0000 00001",
    ])  # fmt: skip
    def test_a_wrong_sum_or_form_is_none(self, other: str) -> None:
        assert found("card", other) == other

    @pytest.mark.parametrize("before", ["", "x ", DOTS])
    @pytest.mark.parametrize("digest", [
        f"{CARD}{DIGEST[:16]}", f"{DIGEST[:15]}a{CARD}", f"{DIGEST[:7]}a{CARD}{DIGEST[:8]}",
        f"{CARD}{'ab' * 56}", f"{'ab' * 56}{CARD}",
    ])  # fmt: skip
    def test_a_part_of_a_digest_is_none(self, before: str, digest: str) -> None:
        assert found("card", f"{before}{digest}") == f"{before}{digest}"
        assert found("card", f"{before}{digest} ") == f"{before}{digest} "

    @pytest.mark.parametrize("before", ["", "x ", DOTS])
    def test_beside_a_digest_it_is_one(self, before: str) -> None:
        for text in ("{0} {1}", "{1} {0}", "{1} {0} {1}", "{1}.{0}"):
            assert found("card", before + text.format(CARD, DIGEST)) == (
                before + text.format("[card]", DIGEST)
            )

    def test_among_too_few_letters_of_hexadecimal_it_is_one(self) -> None:
        assert found("card", f"{DIGEST[:14]}a{CARD}") == f"{DIGEST[:14]}a[card]"


@pytest.mark.parametrize(("text", "left"), [
    ("2001:db8:0:0:0:0:2:1", "[ip]"), ("2001:db8::8a2e:370:7334", "[ip]"), ("fe80::1", "[ip]"),
    ("::2", "[ip]"), ("::1", "::1"), ("::", "::"), ("0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1"),
    ("a::b", "a::b"), ("a::1", "[ip]"),
    ("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"), ("fe80::1::2", "fe80::1::2"), ("1:2:3:4:5:6:7", "1:2:3:4:5:6:7"),
    ("12:30:45", "12:30:45"), ("1:2:3:4:5:6", "1:2:3:4:5:6"), ("12345::1", "12345::1"), (".fe80::1", ".fe80::1"),
    ("fe80::12345", "fe80::12345"), ("fe80::1%eth0", "[ip]%eth0"), ("[fe80::1]:443", "[[ip]]:443"),
    ("x2001:db8::1", "x2001:db8::1"), ("zfe80::1", "zfe80::1"), ("std::vector", "std::vector"),
])  # fmt: skip
def test_an_address_of_version_6_is_one_whole_or_none(text: str, left: str) -> None:
    for before in ("", "it is ", "10, "):
        assert found("ip", before + text) == before + left
        assert found("ip", f"{before}{text}, so") == f"{before}{left}, so"


@pytest.mark.parametrize(("text", "left"), [
    ("zoe@example.com", "[email]"), ("a@b.co", "[email]"), ("to zoe@example.com", "to [email]"),
    ("é.ö@exämple.de", "[email]"), ("zoé@example.com", "[email]"), ("ézoe@example.com", "[email]"),
    ("<zoe@example.com>", "<[email]>"), ("日本 zoe@example.com", "日本 [email]"), ("à,zoe@b.co", "à,[email]"),
    ("\x7fzoe@example.com", "\x7f[email]"), ("@example.com", "@example.com"), ("é @example.com", "é @example.com"),
    (" @b.co", " @b.co"), ("x" * 129 + "@b.co", "x[email]"), ("é" * 129 + "@b.co", "é[email]"),
    ("x" * 128 + "@b.co", "[email]"), ("zoe@b", "zoe@b"), ("a+b%c'd_e-f@b.co.uk", "[email]"),
])  # fmt: skip
def test_an_email_address_begins_where_its_name_does(text: str, left: str) -> None:
    assert found("email", text) == left
    assert found("email", f"{text} {text}") == f"{left} {left}"


@pytest.mark.parametrize(("text", "left"), [
    ("GB82WEST12345698765432", "[iban]"), ("to GB82 WEST 1234 5698 7654 32 IS MINE", "to [iban] IS MINE"),
    ("to GB82 WEST 1234 5698 7654 33 IS MINE", "to GB82 WEST 1234 5698 7654 33 IS MINE"),
])  # fmt: skip
def test_an_account_ends_where_its_country_says(text: str, left: str) -> None:
    (rule,) = (rule for rule in NUMBER_RULES if rule.name == "iban")
    assert rule.apply(text, "".join("a" if c.isalpha() else "0" if c.isdigit() else " "
                                    for c in text).encode())[0] == left  # fmt: skip


@pytest.mark.parametrize(("text", "left"), [
    ("01 234 567", "[phone]"), ("01 23 456", "01 23 456"), ("0049 301 2345 6789", "[phone]"),
    ("0049 301 2345 67890", "0049 301 2345 67890"), ("0049 3012 34567890", "0049 3012 34567890"),
    ("020 7946 0958", "[phone]"), ("(0161)4960369", "[phone]"),
])  # fmt: skip
def test_a_phone_number_in_groups_has_eight_to_fifteen_digits(text: str, left: str) -> None:
    assert found("phone", f"it is {text}, so") == f"it is {left}, so"


@pytest.mark.parametrize(("text", "left"), [
    ("phone 1234567", "phone [phone]"), ("phone 123456", "phone 123456"),
    ("phone 123456789012345", "phone [phone]"), ("phone 1234567890123456", "phone 1234567890123456"),
    ("phone: +(49) 30/1234", "phone: [phone]"), ("sms 12-34-56-7!", "sms [phone]!"),
])  # fmt: skip
def test_an_announced_one_has_seven_to_fifteen(text: str, left: str) -> None:
    assert ANNOUNCED_PHONE.apply(text, text)[0] == left


def test_digits_of_a_phone_are_counted_where_its_form_leaves_it_open() -> None:
    assert sum(rule.check is not None for rule in PHONE_RULES) == 1
    for sized in (True, False):
        rule = _rule("0[0-9]+", ("0",), sized=sized)
        assert (rule.name, rule.kind, rule.needles) == ("phone", "phone", ("0",))
        assert rule.apply("it is 01", "it is 01")[0] == ("it is 01" if sized else "it is [phone]")
        assert rule.apply("0" * 15, "0" * 15)[0] == "[phone]"
