"""Check digits, by numbers whose every digit counts: only the right ones are right.

The numbers are drawn, with digits from one to nine where the form allows it; their check digits
were calculated by another library, `python-stdnum`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from llmlog.redaction import check

Judge = Callable[[str], bool]

RIGHT: Mapping[Judge, Sequence[str]] = {
    check.luhn: ("18", "79927398713", "5555555555554444", "378282246310005"),
    check.card: ("5555555555554444", "378734493671000", "4012888888881881", "6011111111111117"),
    check.verhoeff: ("252618235315", "128933954569", "575742228873", "682415737594"),
    # Twenty added to the month for every century after the twentieth, eighty for the one before.
    check.pesel: ("94111475167", "71112134248", "65122731186", "37211228437", "97212919376", "91312663115",
                  "62321229847", "55522232734", "37722652457", "23921828434", "81811423888"),
    # A month of 20 or more says that it is not known.
    check.nir: ("228015553757664", "249123942677162", "231207259122743", "153426369196345", "187992964556844",
                "293112A15554296", "111122B92863632", "293112a15554296"),
    check.china: ("110105185312145521", "110105189412156269", "510108194811227183", "110105195511286115",
                  "440524202511228951", "110105201212124747", "11010519491231002X", "11010519491231002x"),
    # From the fourth number on: a rest of ten, for which nought is written.
    check.cpf: ("77363887683", "85698318468", "86225353631", "93745998308", "28198114505", "18617756101",
                "18654726890", "12633776450", "52754165630", "03303333300"),
    # Forty added to the day makes a D-number.
    check.norway: ("52127461317", "67115952819", "29115643671", "14124758476", "47122784688", "04057289118",
                   "04045389869", "08059929837", "71113158551", "31118972972"),
    check.turkey: ("26359415982", "41399234454", "29196775714", "10649484512"),
    check.romania: ("4281214271416", "1391122545568", "2131122288411", "2241217495621", "4151113686781"),
    check.south_africa: ("4911126938087", "8612314226139", "6410018217195"),
    # Fifty added to a woman's month, and twenty where a day's numbers have run out.
    check.czechia: ("2501111437", "5601256750", "4612132756", "6321176323", "8732153463", "4851285274",
                    "8551127630", "5662181569", "8271147621", "5182185415", "5811313167"),
    check.switzerland: ("7561924534253", "7567699973679"),
    check.belgium: ("26111818889", "77112289443", "15112188966", "92112913534"),
    check.finland: ("261118-137P", "151296+134E", "261186+3238", "191113-839J", "181219+425W"),
    check.spain: ("49532589L", "18159966V", "49456277K", "Y2776421J", "Y6689676W", "X7877868T", "Z2826552H"),
    check.denmark: ("3112991234", "0101001234"),
}  # fmt: skip

WRONG: Mapping[Judge, Mapping[str, Sequence[str]]] = {
    check.card: {"one digit alone": ("6666666666666",), "no issuer's": ("79927398713", "9317579012136687")},
    check.pesel: {"month": ("44133401359",), "sum": ("94111475168", "44051401350")},
    check.nir: {"month": ("123133426155114", "175194322841693"), "key": ("228015553757665",)},
    check.china: {"sum": ("110105194912310021", "110105195206103301")},
    check.cpf: {"one digit alone": ("11111111111", "99999999999"), "sums": ("77363887693", "77363887684")},
    check.norway: {"sums": ("52127461318", "52127461327"), "day": ("00127461317", "32127461317")},
    check.turkey: {"nought first": ("09647727776", "01839733824"), "sums": ("26359415983", "26359415972")},
    check.romania: {"nought first": ("0421111838155", "0661216748371"), "month": ("1581316941275", "1842013466661", "1380011414921"),
                    "day": ("1191132378884", "1471100157628"), "sum": ("4281214271417",)},
    check.south_africa: {"month": ("4913126454065", "3820129872055", "4400125546075"),
                         "day": ("4711322713023", "3111002667014"), "kind": ("8811129354249",), "sum": ("4911126938088",)},
    check.czechia: {"month": ("4913163827", "5320155764", "5633232869", "2300281819", "8350294128", "9663269154", "4170174921",
                              "1283239815"), "day": ("2911003557", "8411329641"), "sum": ("2501111438",)},
    check.switzerland: {"sum": ("7561924534254",)},
    check.belgium: {"sum": ("26111818880",)},
    check.finland: {"sum": ("261118-137R",), "day": ("321118-137K", "001118-137X"), "month": ("261318-137A", "260018-137U")},
    check.spain: {"letter": ("49532589M", "X2776421J")},
    check.denmark: {"day": ("3212991234", "0012991234"), "month": ("0113991234", "0100991234")},
}  # fmt: skip


@pytest.mark.parametrize(("judge", "number"), [
    (judge, number) for judge, numbers in RIGHT.items() for number in numbers
], ids=lambda each: getattr(each, "__name__", each))  # fmt: skip
def test_a_number_with_its_check_digits_is_right(judge: Judge, number: str) -> None:
    assert judge(number) is True


@pytest.mark.parametrize(("judge", "number"), [
    (judge, number) for judge, groups in WRONG.items() for numbers in groups.values() for number in numbers
], ids=lambda each: getattr(each, "__name__", each))  # fmt: skip
def test_a_number_that_cannot_be_is_wrong(judge: Judge, number: str) -> None:
    assert judge(number) is False


@pytest.mark.parametrize(("judge", "noticed"), [
    (check.pesel, 1.0), (check.nir, 1.0), (check.china, 1.0), (check.cpf, 0.9), (check.norway, 1.0),
    (check.turkey, 1.0), (check.romania, 0.95), (check.verhoeff, 1.0), (check.luhn, 1.0), (check.switzerland, 1.0),
], ids=lambda each: getattr(each, "__name__", each))  # fmt: skip
def test_a_sum_notices_a_wrong_digit(judge: Judge, noticed: float) -> None:
    wrong = [f"{number[:at]}{digit}{number[at + 1:]}" for number in RIGHT[judge] if number.isdigit()
             for at in range(len(number)) for digit in "0123456789" if digit != number[at]]  # fmt: skip
    assert sum(judge(each) is False for each in wrong) >= noticed * len(wrong)


@pytest.mark.parametrize("number", ["4111111111111111", "5555555555554444", "4012888888881882"])
def test_a_part_of_a_cards_sum_is_luhns(number: str) -> None:
    assert (check.part_of_luhn(number) % 10 == 0) is check.luhn(number)


def test_a_part_of_luhns_sum_is_a_number() -> None:
    assert check.part_of_luhn("7992739871") == (5 + 9 + 9 + 2 + 5 + 3 + 9 + 8 + 5 + 1)
    assert check.part_of_luhn("00") == 0
    assert check.part_of_luhn("") == 0


@pytest.mark.parametrize(("text", "length"), [
    ("GB82 WEST 1234 5698 7654 32", 27), ("GB82 WEST 1234 5698 7654 32 ", 27), ("GB82WEST12345698765432 and", 22),
    ("GB82-WEST-1234-5698-7654-32-", 27), ("NO93 8601 1117 947", 18), ("LC55HEMM000100010012001200023015", 32),
])  # fmt: skip
def test_an_iban_ends_with_its_last_character(text: str, length: int) -> None:
    assert check.iban_length(text) == length
