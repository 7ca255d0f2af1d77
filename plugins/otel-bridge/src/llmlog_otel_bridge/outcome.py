"""How what a span tells of has ended."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from llmlog import Error
from llmlog.bridging import count, guarded, is_retryable, mapping, plain, text
from llmlog.payload import Status

_GIVEN_UP = ("CancelledError", "GeneratorExit", "KeyboardInterrupt")
_SPOKEN = re.compile(r"^Error code: (\d{3}) - |\bstatus(?:[_ ]code)?[:= ]+(\d{3})\b", re.IGNORECASE)
_PREFIX = re.compile(r"^Error code: \d{3} - ")
_ERROR = "ERROR"


def status_of(span: Any) -> Status:
    """Return how it ended."""
    if span.status.status_code.name != _ERROR:
        return "success"
    kind = _type(span, span.attributes or {})
    if kind == "Blocked":
        return "blocked"
    return "aborted" if kind in _GIVEN_UP else "failure"


def _exception(span: Any) -> Mapping[str, Any]:
    found = [event.attributes or {} for event in span.events or () if event.name == "exception"]
    return found[-1] if found else {}


def _type(span: Any, attributes: Mapping[str, Any]) -> str:
    said = text(_exception(span).get("exception.type")) or text(attributes.get("error.type"))
    return (said or "Error").rpartition(".")[2]


def error_of(span: Any, attributes: Mapping[str, Any]) -> Error | None:
    """Return what went wrong, None where nothing did."""
    if span.status.status_code.name != _ERROR:
        return None
    told, kind = _exception(span), _type(span, attributes)
    message = text(told.get("exception.message")) or text(span.status.description) or ""
    status_code = count(attributes.get("http.response.status_code")) or _spoken(message)
    return Error(
        type=kind,
        message=str(plain(_said(message))[0]),
        status_code=status_code,
        retryable=is_retryable({kind}, status_code),
        stacktrace=text(told.get("exception.stacktrace")),
    )


def _said(message: str) -> str:
    """Return what the API said; clients such as openai 2 write its whole answer into the text."""
    spoken = _PREFIX.sub("", message)
    if spoken == message or not spoken.startswith("{"):
        return spoken
    answer = mapping(guarded(ast.literal_eval, spoken, otherwise=lambda _: None))
    return text((mapping(answer.get("error")) or answer).get("message")) or spoken


def _spoken(message: str) -> int | None:
    match = _SPOKEN.search(message)
    return int(match[1] or match[2]) if match else None
