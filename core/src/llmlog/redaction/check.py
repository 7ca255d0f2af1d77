"""Check digits: what tells a card or an identity number from any other row of digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_DOUBLED = str.maketrans("0123456789", "0246813579")
_CARDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14,17}"
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}|(?:5[06-8]|6[0-9])\d{10,17}"
)


def luhn(digits: str) -> bool:
    """Say whether the last digit fits the others by Luhn's sum (ISO/IEC 7812-1)."""
    written = digits[::-2] + digits[-2::-2].translate(_DOUBLED)
    return (sum(written.encode()) - ord("0") * len(written)) % 10 == 0


def card(digits: str) -> bool:
    """Say whether these are the digits of a payment card: an issuer's prefix, Luhn's sum."""
    return bool(_CARDS.fullmatch(digits)) and len(set(digits)) > 1 and luhn(digits)


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
    """Return how many characters of a text that begins like an IBAN are one, spaces included."""
    wanted = _IBAN_LENGTHS.get(text[:2].upper())
    if wanted is None:
        return None
    compact = ""
    for index, character in enumerate(text):
        if len(compact) == wanted:
            return index if _mod97(compact) else None
        if character not in " -":
            compact += character.upper()
    return len(text) if len(compact) == wanted and _mod97(compact) else None


def _mod97(compact: str) -> bool:
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Return the sum of the digits, each times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _pesel(digits: str) -> bool:
    sum_ = weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1))
    return sum_ % 10 == 0 and int(digits[2:4]) % 20 in range(1, 13) and 0 < int(digits[4:6]) <= 31  # noqa: PLR2004


def _nir(digits: str) -> bool:
    month = int(digits[3:5])
    return 97 - int(digits[:13]) % 97 == int(digits[13:]) and 1 <= month <= 12  # noqa: PLR2004


def _china(digits: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    last = "10X98765432"[weighted(digits[:17], weights) % 11]
    return digits[17].upper() == last and digits[6:8] in ("18", "19", "20")


def cpf(digits: str) -> bool:
    """Say whether these are the digits of a Brazilian CPF."""
    for place in (9, 10):
        sum_ = weighted(digits[:place], tuple(range(place + 1, 1, -1)))
        if sum_ * 10 % 11 % 10 != int(digits[place]):
            return False
    return len(set(digits)) > 1


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


LONG: Mapping[int, tuple[tuple[str, Callable[[str], bool]], ...]] = {
    11: (("national_id:pl_pesel", _pesel),),
    15: (("national_id:fr_nir", _nir),),
    18: (("national_id:cn", _china),),
}
"""Identity numbers written as one row of digits, by its length."""
