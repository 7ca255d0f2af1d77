"""A call as one line: for people, or whole as JSON. What comes from outside is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from llmlog.alerts import alert_of
from llmlog.instant import utc
from llmlog.payload import Payload
from llmlog.schema import to_dict
from llmlog.wording import cut, duration, money, printable, reason, said

_COLORS: Mapping[str, str] = {
    "success": "32", "failure": "31", "aborted": "33", "blocked": "35",
}  # fmt: skip
_DIM = "2"
_LONGEST = 200


def line(payload: Payload, *, preview: int = 0, color: bool = False) -> str:
    """Return one line; `preview` is how many characters of question and answer it shows."""
    status = _painted(f"{payload.status:<7}", _COLORS[payload.status], color)
    time = _painted(f"{utc(payload.timing.start_unix_ns):%H:%M:%S}Z", _DIM, color)
    facts = "  ".join(printable(cut(fact, _LONGEST)) for fact in _facts(payload))
    words = printable(_preview(payload, preview)) if preview > 0 else ""
    shown = f"  {_painted(words, _DIM, color)}" if words else ""
    return f"{time} {status} {facts}{shown}"


def record(payload: Payload) -> str:
    """Return the whole record as one line of JSON, in ASCII and without control characters."""
    text = json.dumps(to_dict(payload), separators=(",", ":"))
    return text.replace("\x7f", "\\u007f")


def _painted(text: str, code: str, color: bool) -> str:  # noqa: FBT001
    return f"\x1b[{code}m{text}\x1b[0m" if color else text


def _facts(payload: Payload) -> Iterator[str]:
    if payload.kind == "alert":
        alert = alert_of(payload)
        yield from (alert.title, "; ".join(alert.text.splitlines()))
        return
    first_ns = payload.timing.time_to_first_token_ns
    known = (
        " ".join(filter(None, (payload.kind, payload.provider_name, payload.model))),
        payload.name,
        _tokens(payload),
        money(payload.cost),
        None if first_ns is None else f"first token {duration(first_ns)}",
        duration(payload.timing.duration_ns),
        "cached" if payload.cache_hit else None,
        f"{len(payload.attempts)} attempts" if len(payload.attempts) > 1 else None,
        payload.error and reason(payload.error),
    )
    yield from filter(None, known)


def _tokens(payload: Payload) -> str | None:
    usage = payload.usage
    if usage is None or usage.total_tokens is None:
        return None
    sides = (usage.total_input_tokens, usage.total_output_tokens)
    about = "~" if usage.origin == "estimated" else ""
    return " -> ".join("?" if side is None else f"{about}{side}" for side in sides) + " tokens"


def _preview(payload: Payload, size: int) -> str:
    words = (
        cut(said(payload.input_messages[-1:], payload.input_value), size),
        cut(said(payload.output_messages, payload.output_value), size),
    )
    return " => ".join(f'"{text}"' for text in words if text)
