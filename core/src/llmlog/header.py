"""Headers of requests: what a user says of them in one text, and credentials."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import unquote

from llmlog.secret import Secret

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


def header_pairs(headers: Secret | None) -> Iterator[tuple[str, str]]:
    """Read `name=value,name=value`, percent-encoded; names become lower case.

    Raises `ValueError` for an item that no header can hold; it shows nothing of the text.
    """
    items = headers.reveal().split(",") if headers else []
    for number, item in enumerate(items, 1):
        name, equals, value = (unquote(text.strip()) for text in item.partition("="))
        if equals and _NAME.fullmatch(name) and _VALUE.fullmatch(value):
            yield name.lower(), value
        elif item.strip():
            message = f"item {number} is not name=value of a header"
            raise ValueError(message)


def check_pairs(headers: Secret | None) -> None:
    """Raise `ValueError` for headers that cannot be sent; it shows nothing of them."""
    list(header_pairs(headers))


def check_value(value: Secret | None) -> None:
    """Raise `ValueError` for a credential that no header can hold; it shows nothing of it."""
    if value and not _VALUE.fullmatch(value.reveal()):
        message = "a header cannot hold it; say printable ASCII"
        raise ValueError(message)


def basic(user: str, password: Secret) -> str:
    """Return the value of `authorization` for a name and a password, RFC 7617."""
    return f"Basic {b64encode(f'{user}:{password.reveal()}'.encode()).decode()}"


def bearer(token: Secret) -> str:
    """Return the value of `authorization` for a token, RFC 6750."""
    return f"Bearer {token.reveal()}"
