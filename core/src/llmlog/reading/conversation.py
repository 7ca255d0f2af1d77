"""Conversations: whatever a client takes as messages, contents or input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmlog.message import JSON, Message, Raw, Text
from llmlog.mould import mould
from llmlog.plain import valid
from llmlog.reading import chat, gemini, otel, responses
from llmlog.reading.access import either, mapping

_message = mould(Message)
_SYSTEM = ("system", "instructions", "system_instruction")
_TURNS = ("messages", "contents")
_SPEAKERS = frozenset({"user", "assistant", "system", "developer"})


def read_messages(raw: JSON) -> tuple[Message, ...]:
    """Read a conversation: a text is one user message, a list one message per item.

    A request's body, with its system prompt beside the messages, is taken too.
    """
    if raw is None:
        return ()
    if isinstance(raw, list):
        return tuple(map(read_message, raw))
    turns = next((name for name in _TURNS if name in mapping(raw)), None)
    return (read_message(raw),) if turns is None else tuple(_body(mapping(raw), turns))


def _body(body: Mapping[str, JSON], turns: str) -> Iterator[Message]:
    for name in _SYSTEM:
        prompt = either(body, name)
        if prompt:
            parts = mapping(prompt).get("parts")
            content = {"content": prompt} if parts is None else {"parts": parts}
            yield read_message({"role": "system", **content})
    yield from read_messages(body[turns])


def read_message(raw: JSON) -> Message:
    """Read one item of a conversation, in whichever dialect it is."""
    if isinstance(raw, str):
        return Message(role="user", parts=[Text(content=raw)])
    if (simple := simple_message(raw)) is not None:
        return simple
    item = mapping(raw)
    if isinstance(item.get("parts"), list):
        return otel.read_message(item) if otel.is_message(item) else gemini.read_content(item)
    if responses.is_item(item):
        return responses.read_item(item)
    if chat.role_of(item):
        return chat.read_message(item)
    if gemini.is_part(item):
        return Message(role="user", parts=[gemini.read_part(item)])
    return Message(role="user", parts=[Raw(value=raw)])


def simple_message(raw: object) -> Message | None:
    """Read what most messages are, a role and a text; None for any other.

    That needs no dialect, and no walk that makes it plain.
    """
    if type(raw) is not dict or len(raw) != 2:  # noqa: PLR2004
        return None
    role, content = raw.get("role"), raw.get("content")
    if type(content) is not str or not content or type(role) is not str or role not in _SPEAKERS:
        return None
    return _message(role=role, parts=(Text(content=valid(content)),))
