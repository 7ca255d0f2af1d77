"""Messages in the shape of the OpenTelemetry GenAI conventions, and llmlog's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from llmlog.message import (
    JSON,
    PARTS,
    Media,
    Message,
    Part,
    Raw,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from llmlog.reading.access import items, mapping, text

Item = Mapping[str, JSON]


def _text(item: Item) -> Part | None:
    content = item.get("content")
    return Text(content=content) if isinstance(content, str) else None


def _reasoning(item: Item) -> Part | None:
    return Reasoning(content=text(item.get("content")) or "", signature=text(item.get("signature")))


def _tool_call(item: Item) -> Part | None:
    name = text(item.get("name"))
    if not name:
        return None
    return ToolCall(name=name, id=text(item.get("id")), arguments=item.get("arguments"))


def _tool_result(item: Item) -> Part | None:
    answer = item.get("response") if "response" in item else item.get("result")
    return ToolResult(id=text(item.get("id")), response=answer)


def _media(item: Item) -> Part | None:
    return Media(
        modality=text(item.get("modality")) or "file", mime_type=text(item.get("mime_type")),
        uri=text(item.get("uri")), file_id=text(item.get("file_id")),
        content=text(item.get("content")),
    )  # fmt: skip


def _raw(item: Item) -> Part | None:
    return Raw(value=item["value"]) if "value" in item else None


_READERS: Mapping[str, Callable[[Item], Part | None]] = {
    "text": _text,
    "reasoning": _reasoning,
    "tool_call": _tool_call,
    "tool_call_response": _tool_result,
    "media": _media,
    "blob": _media,
    "file": _media,
    "uri": _media,
    "raw": _raw,
}
_BY_FIELDS = {frozenset(item.name for item in attrs.fields(part)): name
              for name, part in PARTS.items()}  # fmt: skip


def _kind(part: Item) -> str | None:
    return text(part.get("type")) or _BY_FIELDS.get(frozenset(part))


def is_message(item: Item) -> bool:
    """Say whether the parts of this message are typed, or llmlog's own made plain."""
    return any(_kind(mapping(part)) for part in items(item.get("parts")))


def _part(raw: JSON) -> Part:
    part = mapping(raw)
    reader = _READERS.get(_kind(part) or "")
    made = reader(part) if reader else None
    return Raw(value=raw) if made is None else made


def read_message(item: Item) -> Message:
    """Read a message of a role and typed parts."""
    return Message(
        role=text(item.get("role")) or "user",
        parts=map(_part, items(item.get("parts"))),
        name=text(item.get("name")),
        finish_reason=text(item.get("finish_reason")),
    )
