"""Check digits: what tells a card or an identity number from any other row of digits."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from operator import mul

_DOUBLED = str.maketrans("0123456789", "0246813579")
_CARDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14,17}"
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}|(?:5[06-8]|6[0-9])\d{10,17}|(?:2131|1800)\d{11}"
)


def luhn(digits: str) -> bool:
    """Say whether the last digit fits the others by Luhn's sum (ISO/IEC 7812-1)."""
    written = digits[::-2] + digits[-2::-2].translate(_DOUBLED)
    return (sum(written.encode()) - ord("0") * len(written)) % 10 == 0


@lru_cache(maxsize=10_000)
def part_of_luhn(digits: str) -> int:
    """Return Luhn's sum over an even number of digits, of which the first is doubled."""
    written = digits[1::2] + digits[::2].translate(_DOUBLED)
    return sum(written.encode()) - ord("0") * len(written)


def card(digits: str) -> bool:
    """Say whether these are the digits of a payment card: an issuer's prefix, Luhn's sum."""
    return luhn(digits) and bool(_CARDS.fullmatch(digits)) and len(set(digits)) > 1


_IBAN_COUNTRIES: Mapping[int, str] = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "PT ST",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    32: "LC",
}
_IBAN_LENGTHS = {country: length for length, countries in _IBAN_COUNTRIES.items()
                 for country in countries.split()}  # fmt: skip


def iban_length(text: str) -> int | None:
    """Return how many characters of a text that begins like an IBAN are one, spaces included.

    Right check digits make one of any length, too, if it is one row of capitals and digits.
    """
    wanted = _IBAN_LENGTHS.get(text[:2].upper())
    if wanted is None:
        return None
    compact = text.replace(" ", "").replace("-", "")[:wanted]
    if len(compact) == wanted and _mod97(compact):
        return [at for at, character in enumerate(text, 1) if character not in " -"][wanted - 1]
    row = _ROW.match(text)
    return row.end() if row and _mod97(row[0]) else None


_ROW = re.compile(r"[A-Z0-9]{15,34}(?![A-Za-z0-9])")
_VALUES = {each: str(int(each, 36)) for each in string.digits + string.ascii_letters}


def _mod97(compact: str) -> bool:
    return int("".join(map(_VALUES.__getitem__, compact[4:] + compact[:4]))) % 97 == 1


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Return the sum of the digits, each times its weight; there are as many digits or more."""
    sum_: int = sum(map(mul, digits.encode(), weights))
    return sum_ - _zeros(weights)


@lru_cache(maxsize=64)
def _zeros(weights: tuple[int, ...]) -> int:
    """Return what the digit zero, which is 48 in ASCII, adds to a sum."""
    return ord("0") * sum(weights)


def pesel(digits: str) -> bool:
    """Say whether these are the digits of a Polish PESEL."""
    if not (int(digits[2:4]) % 20 in range(1, 13) and 0 < int(digits[4:6]) <= 31):  # noqa: PLR2004
        return False
    return weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def nir(text: str) -> bool:
    """Say whether these are the characters of a French NIR; Corsica's departments have letters."""
    digits = text.upper().replace("2A", "19").replace("2B", "18")
    month = int(digits[3:5])
    return 97 - int(digits[:13]) % 97 == int(digits[13:]) and (1 <= month <= 12 or month >= 20)  # noqa: PLR2004


def china(digits: str) -> bool:
    """Say whether these are the characters of a Chinese resident number (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    last = "10X98765432"[weighted(digits, weights) % 11]
    return digits[17].upper() == last and digits[6:8] in ("18", "19", "20")


def cpf(digits: str) -> bool:
    """Say whether these are the digits of a Brazilian CPF."""
    if weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10 != int(digits[9]):
        return False
    last = weighted(digits, (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    return last == int(digits[10]) and len(set(digits)) > 1


_D5 = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
       "5987604321", "6598710432", "7659821043", "8765932104", "9876543210")  # fmt: skip
_P8 = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870",
       "4286573901", "2793806415", "7046913258")  # fmt: skip


def verhoeff(digits: str) -> bool:
    """Say whether the last digit fits the others by Verhoeff's scheme."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_D5[check][int(_P8[place % 8][int(digit)])])
    return check == 0


def spain(text: str) -> bool:
    """Say whether a Spanish DNI or NIE has its letter."""
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


def dated(day: str, month: str) -> bool:
    """Say whether these digits can be a day and a month."""
    return 0 < int(day) <= 31 and 0 < int(month) <= 12  # noqa: PLR2004


def norway(digits: str) -> bool:
    """Say whether these are the digits of a Norwegian birth number or D-number."""
    if not (0 < int(digits[:2]) % 40 <= 31 and 0 < int(digits[2:4]) <= 12):  # noqa: PLR2004
        return False
    return (weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
            and weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0)  # fmt: skip


def turkey(digits: str) -> bool:
    """Say whether these are the digits of a Turkish identity number."""
    if digits[0] == "0" or weighted(digits, (1,) * 10) % 10 != int(digits[10]):
        return False
    return weighted(digits, (7, -1) * 4 + (7,)) % 10 == int(digits[9])


def romania(digits: str) -> bool:
    """Say whether these are the digits of a Romanian CNP."""
    if digits[0] == "0" or not dated(digits[5:7], digits[3:5]):
        return False
    rest = weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return "01234567891"[rest] == digits[12]


def south_africa(digits: str) -> bool:
    """Say whether these are the digits of a South African identity number."""
    return dated(digits[4:6], digits[2:4]) and digits[10] in "01" and luhn(digits)


def finland(text: str) -> bool:
    """Say whether a Finnish HETU has its last character."""
    number = int(text[:6] + text[7:10])
    return dated(text[:2], text[2:4]) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] == text[10]


def denmark(digits: str) -> bool:
    """Say whether a Danish CPR number begins with a day; since 2007 there are no check digits."""
    return dated(digits[:2], digits[2:4])


def czechia(digits: str) -> bool:
    """Say whether these are the digits of a Czech or Slovak birth number."""
    month = int(digits[2:4]) % 50
    good = int(digits[:9]) % 11 % 10 == int(digits[9])
    return good and 0 < month % 20 <= 12 and 0 < int(digits[4:6]) <= 31  # noqa: PLR2004


def switzerland(digits: str) -> bool:
    """Say whether these are the digits of a Swiss AHV number (EAN-13)."""
    return weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def belgium(digits: str) -> bool:
    """Say whether these are the digits of a Belgian national number, of either century."""
    rest = int(digits[9:])
    return rest in (97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97)
