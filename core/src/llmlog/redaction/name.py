"""Names that say what their value is: `dbPassword`, `X-Api-Key`, `ssn`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "credential": (
        "password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "apikey",
        "accesskey", "privatekey", "secretkey", "signingkey", "encryptionkey", "masterkey",
        "accountkey", "subscriptionkey", "credential", "credentials", "authorization", "cookie",
        "cookies", "connectionstring", "bearer", "jwt", "otp", "pincode", "accesskeyid",
        "clientassertion", "sshkey", "setcookie", "passcode", "auth",
    ),
    "national_id": ("ssn", "socialsecuritynumber", "socialsecurity", "nationalid", "taxid",
                    "passportnumber", "passport", "nationalinsurancenumber", "aadhaar", "nino"),
    "phone": ("phone", "phonenumber", "telephone", "mobilenumber", "msisdn", "phoneno"),
    "email": ("email", "emailaddress"),
    "card": ("cardnumber", "cvv", "cvc", "cvv2", "creditcard", "ccnumber"),
    "iban": ("iban", "accountnumber"),
    "ip": ("ipaddress", "clientip", "remoteaddr", "xforwardedfor", "ipaddr"),
}  # fmt: skip
_SHORT = frozenset({"auth", "otp", "jwt", "ssn", "cvv", "cvc", "nino", "pwd", "phone", "email"})
_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings}


@lru_cache(maxsize=4096)
def kind_of(name: str) -> str | None:
    """Return the kind of value that a key announces, None for a harmless key.

    Names are compared without case, separators and width: `dbPassword`, `DB_PASSWORD` and
    `db-password` are one. `max_tokens`, `tokenizer` and `monkey` are harmless.
    """
    words = [word.lower() for word in _WORDS.findall(_narrow(name)[-200:])]
    for first in range(max(0, len(words) - 4), len(words)):
        if kind := _ENDING.get("".join(words[first:])):
            return kind
    last = words[-1] if words else ""
    return next((kind for ending, kind in _ENDING.items()
                 if last.endswith(ending) and ending not in _SHORT), None)  # fmt: skip


_HARMLESS_KEYS = frozenset({
    "cache", "column", "composite", "dedup", "dict", "entity", "entry", "event", "file", "foreign",
    "group", "hash", "idempotency", "index", "issue", "item", "key", "last", "lock", "lookup",
    "map", "message", "natural", "next", "object", "page", "partition", "primary", "public",
    "range", "record", "routing", "row", "search", "shard", "sort", "start", "storage",
    "surrogate", "translation", "unique",
})  # fmt: skip


@lru_cache(maxsize=4096)
def may_be_of_key(name: str) -> bool:
    """Say whether a name such as `MAPS_KEY` may be a credential's, if its value is made by chance.

    A `cache_key` and a `public_key` are none, and nor is `key` alone or `monkey`.
    """
    words = [word.lower() for word in _WORDS.findall(_narrow(name)[-200:])]
    while words and words[-1].isdigit():
        words.pop()
    return (len(words) > 1 and words[-1] in ("key", "private", "access")
            and words[-2] not in _HARMLESS_KEYS)  # fmt: skip


def _narrow(name: str) -> str:
    if name.isascii():
        return name
    return "".join(character for character in unicodedata.normalize("NFKC", name)
                   if unicodedata.category(character) != "Cf")  # fmt: skip


def is_token_of_text(name: str, value: Any, siblings: Mapping[str, Any]) -> bool:
    """Say whether a `token` is one of a model's, as in log probabilities, and no credential."""
    if not name.lower().endswith(("token", "otp")):
        return False
    return isinstance(value, (int, float)) or bool(siblings.keys() & {"logprob", "bytes", "logit"})
