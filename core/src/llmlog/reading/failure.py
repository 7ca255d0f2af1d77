"""Exceptions of any client: what the provider said, and whether to try again."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from llmlog.guard import guarded
from llmlog.message import JSON
from llmlog.payload import Error
from llmlog.plain import plain
from llmlog.reading.access import mapping, text

_RETRYABLE_STATUS = (408, 409, 429)
_CONNECTION = frozenset({
    "APIConnectionError", "APITimeoutError", "ClientConnectionError", "ConnectionError",
    "ConnectTimeoutError", "EndpointConnectionError", "ReadTimeoutError", "RemoteProtocolError",
    "Timeout", "TimeoutError", "TimeoutException", "TransportError",
})  # fmt: skip
_HTTP_STATUS = range(100, 600)


def _get(value: Any, name: str) -> Any:
    return guarded(getattr, value, name, None, otherwise=lambda _: None)


def _words(value: Any) -> str | None:
    return text(plain(value)[0])


def read_error(exception: BaseException) -> Error:
    """Read an exception; attributes are looked for by name, whatever the client."""
    body = _body(exception)
    status_code = _status(exception)
    return Error(
        type=type(exception).__name__,
        message=text(body.get("message")) or _message(exception),
        status_code=status_code,
        code=_code(exception, body),
        request_id=_request_id(exception),
        retryable=_retryable(exception, status_code),
    )


def _message(exception: BaseException) -> str:
    return _words(guarded(str, exception, otherwise=lambda _: "")) or ""


def _body(exception: BaseException) -> Mapping[str, JSON]:
    """Return the provider's error object, from under `error` where it is wrapped."""
    body = mapping(plain(_get(exception, "body"))[0])
    return mapping(body.get("error")) or body or _amazon(exception, "Error")


def _amazon(exception: BaseException, part: str) -> Mapping[str, JSON]:
    """Return a part of what botocore's errors hold, its names in lower case."""
    response = _get(exception, "response")
    said = mapping(plain(response.get(part))[0]) if isinstance(response, dict) else {}
    return {name.lower(): value for name, value in said.items()}


def _status(exception: BaseException) -> int | None:
    response = _get(exception, "response")
    candidates = (
        _get(exception, "status_code"), _get(response, "status_code"), _get(exception, "status"),
        _get(exception, "code"), _amazon(exception, "ResponseMetadata").get("httpstatuscode"),
    )  # fmt: skip
    known = [value for value in candidates if type(value) is int and value in _HTTP_STATUS]
    errors = [value for value in known if value >= 400]  # noqa: PLR2004  # a stream begins with 200
    return next(iter(errors or known), None)


def _code(exception: BaseException, body: Mapping[str, JSON]) -> str | None:
    said = (_get(exception, "code"), body.get("code"), body.get("type"), _get(exception, "status"))
    return next(filter(None, map(_words, said)), None) or _of_protocol(exception)


def _of_protocol(exception: BaseException) -> str | None:
    """Return the code of JSON-RPC, a negative number, on the exception or its error object."""
    codes = (_get(exception, "code"), _get(_get(exception, "error"), "code"))
    return next((str(code) for code in codes if type(code) is int and code < 0), None)


def _request_id(exception: BaseException) -> str | None:
    headers = _get(_get(exception, "response"), "headers")
    found = (_header(headers, name) for name in ("x-request-id", "request-id"))
    named = _words(_get(exception, "request_id")) or next(filter(None, found), None)
    return named or text(_amazon(exception, "ResponseMetadata").get("requestid"))


def _header(headers: Any, name: str) -> str | None:
    get = _get(headers, "get")
    return _words(guarded(get, name, otherwise=lambda _: None)) if callable(get) else None


def _retryable(exception: BaseException, status_code: int | None) -> bool | None:
    return is_retryable({cls.__name__ for cls in type(exception).__mro__}, status_code)


def is_retryable(names: AbstractSet[str], status_code: int | None) -> bool | None:
    """Say whether to try again, by the names of the exception's classes and the HTTP status."""
    if status_code is None:
        return True if names & _CONNECTION else None
    if status_code in _RETRYABLE_STATUS or status_code >= 500:  # noqa: PLR2004
        return True
    return False if status_code >= 400 else None  # noqa: PLR2004
