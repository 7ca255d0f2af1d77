"""What was said in a call, and how it went, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from llmlog.encoding import dumps_text
from llmlog.encryption.envelope import FORM, HEAD
from llmlog.message import JSON, Media, Message, Part, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Cost, Error, Payload

_SECOND_NS = 1_000_000_000


def printable(text: str) -> str:
    """Return text in which every control, format or line-breaking character is escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


SEALED = "[sealed]"


def within(text: str, size: int) -> str:
    """Return the first `size` characters at most, and no part of an envelope: no key opens it."""
    if len(text) <= size:
        return text
    start = text.rfind(HEAD, 0, size)
    found = FORM.match(text, start) if start >= 0 else None
    whole = found is None or found.end() <= size
    return text[:size] if whole else f"{text[:start]}{SEALED}"[:size]


def cut(text: str, size: int) -> str:
    """Return the first `size` characters, with three dots where there are more."""
    return text if len(text) <= size else within(text, size) + "..."


def part_text(part: Part) -> str:
    """Return one part as one reads it; a medium is its modality in square brackets."""
    if isinstance(part, (Text, Reasoning)):
        return part.content
    if isinstance(part, ToolCall):
        return f"{part.name}({dumps_text(part.arguments)})"
    if isinstance(part, ToolResult):
        return dumps_text(part.response)
    return f"[{part.modality}]" if isinstance(part, Media) else dumps_text(part.value)


def talk(messages: Iterable[Message], value: JSON) -> str | None:
    """Return what was said, a line per part with its role; None if nothing was."""
    lines = [f"{each.role}: {part_text(part)}" for each in messages for part in each.parts]
    if value is not None:
        lines.append(value if isinstance(value, str) else dumps_text(value))
    return "\n".join(lines) or None


def said(messages: Iterable[Message], value: JSON) -> str:
    """Return what was said in one go."""
    parts = [part_text(part) for message in messages for part in message.parts]
    return " ".join(filter(None, [*parts, *_texts(value)]))


def _texts(value: JSON) -> Iterator[str]:
    if value is not None:
        yield dumps_text(value)


def money(cost: Cost | None) -> str | None:
    """Return six significant digits, never as a power of ten, and the currency; None if unknown."""
    if cost is None or cost.total is None:
        return None
    return f"{Decimal(f'{cost.total:.6g}'):f} {cost.currency}"


def duration(ns: int) -> str:
    """Return a duration in milliseconds, or in seconds from one on."""
    return f"{ns / 1e6:.0f} ms" if ns < _SECOND_NS else f"{ns / 1e9:.2f} s"


def reason(error: Error) -> str:
    """Return why a call failed, on one line: type, status code, message."""
    head = f"{error.type} {error.status_code}" if error.status_code is not None else error.type
    return f"{head}: {error.message}" if error.message else head


def why(payload: Payload) -> str | None:
    """Return why a call failed; the bare status if nobody said, None if it did not fail."""
    if payload.error is None:
        return payload.status if payload.failed else None
    return payload.error.words


def trouble(payload: Payload) -> str | None:
    """Return why a call failed, with the stack trace; the bare status if nobody said."""
    words, trace = why(payload), payload.error and payload.error.stacktrace
    return f"{words}\n\n{trace}" if trace else words


def headline(payload: Payload) -> str:
    """Return a call in one sentence: what it was, how long it took, why it failed."""
    words = filter(None, (payload.kind, payload.model, payload.status))
    end = f": {payload.error.words}" if payload.error else ""
    return f"{' '.join(words)} in {payload.timing.duration_ns / 1e9:.3f} s{end}"
