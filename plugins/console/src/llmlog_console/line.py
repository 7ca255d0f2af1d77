"""A call as one line for people. Every text that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from llmlog import Error, Media, Message, Payload, Reasoning, Text, ToolCall, ToolResult
from llmlog.alerts import alert_of
from llmlog.encoding import dumps_text
from llmlog.message import JSON, Part

_COLORS: Final[Mapping[str, str]] = {
    "success": "32", "failure": "31", "aborted": "33", "blocked": "35",
}  # fmt: skip
_DIM: Final = "2"
_LONGEST: Final = 200
_SECOND_NS: Final = 1_000_000_000


def printable(text: str) -> str:
    """Return text in which every control, format or line-breaking character is escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def line(payload: Payload, *, preview: int = 0, color: bool = False) -> str:
    """Return one line; `preview` is how many characters of question and answer it shows."""
    status = _painted(f"{payload.status:<7}", _COLORS[payload.status], color)
    time = _painted(_time(payload.timing.start_unix_ns), _DIM, color)
    facts = "  ".join(printable(_cut(fact, _LONGEST)) for fact in _facts(payload))
    words = printable(_preview(payload, preview)) if preview > 0 else ""
    said = f"  {_painted(words, _DIM, color)}" if words else ""
    return f"{time} {status} {facts}{said}"


def _painted(text: str, code: str, color: bool) -> str:  # noqa: FBT001
    return f"\x1b[{code}m{text}\x1b[0m" if color else text


def _time(unix_ns: int) -> str:
    """Return the time of day, UTC."""
    minutes, seconds = divmod(unix_ns // _SECOND_NS % 86_400, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}Z"


def _facts(payload: Payload) -> Iterator[str]:
    if payload.kind == "alert":
        alert = alert_of(payload)
        yield alert.title
        yield "; ".join(alert.text.splitlines())
        return
    yield " ".join(filter(None, (payload.kind, payload.provider_name, payload.model)))
    if payload.name:
        yield payload.name
    yield from _tokens(payload)
    if payload.cost and payload.cost.total is not None:
        yield f"{_amount(payload.cost.total)} {payload.cost.currency}"
    first_ns = payload.timing.time_to_first_token_ns
    if first_ns is not None:
        yield f"first token {_duration(first_ns)}"
    yield _duration(payload.timing.duration_ns)
    if payload.cache_hit:
        yield "cached"
    if len(payload.attempts) > 1:
        yield f"{len(payload.attempts)} attempts"
    if payload.error:
        yield _error(payload.error)


def _tokens(payload: Payload) -> Iterator[str]:
    usage = payload.usage
    if usage is None or usage.total_tokens is None:
        return
    sides = (usage.total_input_tokens, usage.total_output_tokens)
    about = "~" if usage.origin == "estimated" else ""
    yield " -> ".join("?" if side is None else f"{about}{side}" for side in sides) + " tokens"


def _amount(money: float) -> str:
    """Return six significant digits, never as a power of ten."""
    return format(Decimal(f"{money:.6g}"), "f")


def _duration(ns: int) -> str:
    return f"{ns / 1e6:.0f} ms" if ns < _SECOND_NS else f"{ns / 1e9:.2f} s"


def _error(error: Error) -> str:
    head = f"{error.type} {error.status_code}" if error.status_code is not None else error.type
    return f"{head}: {error.message}" if error.message else head


def _preview(payload: Payload, size: int) -> str:
    said = (
        _cut(_spoken(payload.input_messages[-1:], payload.input_value), size),
        _cut(_spoken(payload.output_messages, payload.output_value), size),
    )
    return " => ".join(f'"{text}"' for text in said if text)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[:size] + "..."


def _spoken(messages: Sequence[Message], value: JSON) -> str:
    parts = [_part(part) for message in messages for part in message.parts]
    if value is not None:
        parts.append(dumps_text(value))
    return " ".join(filter(None, parts))


def _part(part: Part) -> str:
    if isinstance(part, (Text, Reasoning)):
        return part.content
    if isinstance(part, ToolCall):
        return f"{part.name}({dumps_text(part.arguments)})"
    if isinstance(part, ToolResult):
        return dumps_text(part.response)
    return f"[{part.modality}]" if isinstance(part, Media) else dumps_text(part.value)
