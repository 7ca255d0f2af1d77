"""National identity numbers, each in the way it is written and nothing that only looks like one."""

from __future__ import annotations

import re

import pytest

from llmlog.redaction import check, identity
from llmlog.redaction.budget import Budget
from llmlog.redaction.masking import Masking, Masks

MASKS = Masks(kinds=frozenset({"national_id"}))


def hidden(text: str) -> str:
    return str(Masking(MASKS, Budget()).value(text))


@pytest.mark.parametrize(("country", "text"), [
    ("us_ssn", "123-45-6789"), ("us_ssn", "001-01-0001"), ("us_itin", "912-70-1234"), ("br_cpf", "529.982.247-25"),
    ("kr", "990101-1234567"), ("se", "811228-9874"), ("se", "19811228-9874"), ("fi", "210926-0471"),
    ("fi", "190682A854T"), ("fi", "181219W425W"), ("dk", "010190-1234"), ("cz", "810125/0322"), ("ch", "756.2411.3303.34"),
    ("be", "71.10.15-984.30"), ("pl_pesel", "44051401359"), ("br_cpf", "52998224725"), ("no", "26086524340"),
    ("tr", "14643923114"), ("ro", "1090126125785"), ("za", "7801289603015"), ("fr_nir", "295109912611193"),
    ("fr_nir", "2 95 10 99 126 111 93"), ("cn", "11010519491231002X"), ("in_aadhaar", "2341 2341 2346"),
    ("in_aadhaar", "2341-2341-2346"), ("gb_nino", "AB 12 34 56 C"), ("in_pan", "ABCPE1234F"),
    ("it_fiscal", "RSSMRA85T10A562S"), ("es", "12345678Z"), ("es", "X1234567L"),
])  # fmt: skip
def test_a_number_is_hidden_as_its_countrys(country: str, text: str) -> None:
    assert hidden(text) == f"[national_id:{country}]"
    assert hidden(f"it is {text}, you see") == f"it is [national_id:{country}], you see"


@pytest.mark.parametrize("text", [
    "000-45-6789", "666-45-6789", "123-00-6789", "900-40-5899", "529.982.247-26", "811228-9875", "190682A854U",
    "320190-1234", "810125/0323", "756.2411.3303.35", "71.10.15-984.31", "44051401358", "1090126125786",
    "7801289603016", "1190682A854T", "190682A854TX", "190682a854t", "191382A854T", "295109912611194", "110105194912310029", "2341 2341 2347", "AB 12 34 56 E", "12345678A",
    "1234567L", "a 1234567L", "W1234567L", "12345678901", "1234567890123", "12345678901234",
])  # fmt: skip
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert hidden(text) == text
    assert hidden(f"it is {text}, you see") == f"it is {text}, you see"


@pytest.mark.parametrize(("text", "left"), [
    ("12345678Z", "[national_id:es]"), (" 12345678Z", " [national_id:es]"), ("a 12345678Z", "a [national_id:es]"),
    ("é12345678Z", "é[national_id:es]"), (" é12345678Z", " é[national_id:es]"), ("éX1234567L", "é[national_id:es]"),
    ("a12345678Z", "a12345678Z"), ("éa12345678Z", "éa12345678Z"), ("112345678Z", "112345678Z"), ("aaX1234567L", "aaX1234567L"),
    ("-12345678Z", "-[national_id:es]"), ("12345678Zz", "12345678Zz"), (".2345678Z", ".2345678Z"),
])  # fmt: skip
def test_a_spanish_number_is_no_part_of_a_longer_word(text: str, left: str) -> None:
    assert hidden(text) == left


def test_a_number_that_one_country_refuses_may_be_another_ones() -> None:
    """The form is Denmark's and Sweden's; the sum is right for the second alone."""
    assert hidden("811228-9874") == "[national_id:se]"
    assert hidden("010190-1234") == "[national_id:dk]"


class TestMakingRules:
    def test_a_judge_sees_the_number_without_what_separates_it(self) -> None:
        rule = identity._numbered("xx", r"(\d)[ .+/-]\d+", check.luhn)
        assert (rule.name, rule.kind, rule.view) == ("national_id:xx", "national_id", "number")
        assert rule.apply("1-8 1.8 1/8 1+8 1 8 1-9", "")[0] == "1-8 1.8 1/8 1+8 1 8 1-9"
        text = "1-8 1.8 1/8 1+8 1 8 1-9"
        assert rule.apply(text, text) == (
            " ".join(["[national_id:xx]"] * 5 + ["1-9"]), {"national_id:xx": 5})  # fmt: skip

    def test_a_shape_says_where_the_pattern_is_tried(self) -> None:
        rule = identity._shaped("xx", b"00", r"\d+", check.luhn)
        assert (rule.name, rule.kind, rule.view) == ("national_id:xx", "national_id", "shape")
        assert rule.apply("18 x18 8", b"00 x00 0")[0] == "[national_id:xx] x[national_id:xx] 8"
        assert rule.apply("19 8", b"00 0")[0] == "19 8"

    def test_without_a_judge_the_form_is_enough(self) -> None:
        assert identity._numbered("xx", r"\d+").check is None
        assert identity._shaped("xx", b"0", r"\d+").check is None
        match = re.match(r"\d+", "19")
        assert match
        assert identity._by(check.luhn)("19", match) is None
        assert identity._any("anything") is True
