"""Where to post, in which shape, and with which proof of origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import unquote, urlsplit

import attrs
from attrs import frozen

from llmlog import Payload, Secret, env
from llmlog_http.signature import signing_key

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


@frozen
class Settings:
    """One endpoint."""

    url: str = env("LLMLOG_HTTP_URL", help="address that takes the records")
    format: Literal["json_array", "ndjson", "single"] = env(
        "LLMLOG_HTTP_FORMAT", default="json_array", help="single sends one record per request"
    )
    method: Literal["POST", "PUT"] = env("LLMLOG_HTTP_METHOD", default="POST", help="HTTP method")
    token: Secret | None = env(
        "LLMLOG_HTTP_TOKEN", default=None, help="sent as Authorization: Bearer"
    )
    headers: Secret | None = env(
        "LLMLOG_HTTP_HEADERS", default=None,
        help="more headers: name=value,name=value; percent-encoded",
    )  # fmt: skip
    signing_secret: Secret | None = env(
        "LLMLOG_HTTP_SIGNING_SECRET", default=None,
        help="whsec_... of Standard Webhooks; several with spaces between, to change them",
    )  # fmt: skip
    gzip: bool = env("LLMLOG_HTTP_GZIP", default=False, help="compress bodies of 1 KiB and more")
    fields: tuple[str, ...] = env(
        "LLMLOG_HTTP_FIELDS", default=(), help="fields of a record to send; none named: all"
    )
    max_bytes: int = env(
        "LLMLOG_HTTP_MAX_BYTES", default=1_000_000, help="bytes per request, uncompressed"
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could only fail later, again and again; show nothing secret."""
        _check_url(self.url)
        known = {item.name for item in attrs.fields(Payload)}
        if unknown := sorted(set(self.fields) - known):
            message = f"fields: a record has no {', '.join(unknown)}"
            raise ValueError(message)
        list(_pairs(self.headers))
        if self.token and not _VALUE.fullmatch(self.token.reveal()):
            message = "token: a header cannot hold it; say printable ASCII"
            raise ValueError(message)
        list(self.signing_keys)

    @property
    def sent_headers(self) -> dict[str, str]:
        """Return the headers of the user, with lower-case names; the token is one of them."""
        token = {"authorization": f"Bearer {self.token.reveal()}"} if self.token else {}
        return {**dict(_pairs(self.headers)), **token}

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """Return the keys of all secrets."""
        secrets = self.signing_secret.reveal().split() if self.signing_secret else ()
        return tuple(signing_key(secret) for secret in secrets)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = "url: say http:// or https:// and the host"
        raise ValueError(message)
    if parts.username or parts.password:
        message = "url: it may not hold a password; say token, or Authorization in headers"
        raise ValueError(message)


def _pairs(headers: Secret | None) -> Iterator[tuple[str, str]]:
    """Read `name=value,name=value`; an error shows nothing of the text."""
    items = headers.reveal().split(",") if headers else []
    for number, item in enumerate(items, 1):
        name, equals, value = (unquote(text.strip()) for text in item.partition("="))
        if not item.strip():
            continue
        if not (equals and _NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            message = f"headers: item {number} is not name=value of a header"
            raise ValueError(message)
        yield name.lower(), value
