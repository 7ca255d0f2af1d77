"""Contents and responses of Gemini, in the spelling of the wire or of the Python client."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from llmlog.message import JSON, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.reading.access import either, items, mapping, text
from llmlog.reading.media import embedded, linked, modality_of

Item = Mapping[str, JSON]
_ROLES = {"model": "assistant", "function": "tool"}


def _text(part: Item) -> Part | None:
    content = part.get("text")
    if not isinstance(content, str):
        return None
    if not part.get("thought"):
        return Text(content=content)
    return Reasoning(content=content, signature=text(either(part, "thought_signature")))


def _inline(part: Item) -> Part | None:
    blob = mapping(either(part, "inline_data"))
    data = text(blob.get("data"))
    return embedded(data, text(either(blob, "mime_type"))) if data else None


def _file(part: Item) -> Part | None:
    file = mapping(either(part, "file_data"))
    uri, mime_type = text(either(file, "file_uri")), text(either(file, "mime_type"))
    return linked(uri, modality_of(mime_type), mime_type) if uri else None


def _call(part: Item) -> Part | None:
    call = mapping(either(part, "function_call"))
    name = text(call.get("name"))
    return (
        ToolCall(name=name, id=text(call.get("id")), arguments=call.get("args")) if name else None
    )


def _result(part: Item) -> Part | None:
    result = mapping(either(part, "function_response"))
    if not result:
        return None
    key = text(result.get("id")) or text(result.get("name"))
    return ToolResult(id=key, response=result.get("response"))


_READERS: tuple[Callable[[Item], Part | None], ...] = (_text, _inline, _file, _call, _result)


def read_part(raw: JSON) -> Part:
    """Read one part; what has no word here stays raw."""
    if isinstance(raw, str):
        return Text(content=raw)
    made = (reader(mapping(raw)) for reader in _READERS)
    return next((part for part in made if part is not None), Raw(value=raw))


def is_part(item: Item) -> bool:
    """Say whether this is a part that stands alone, as the Python client takes it."""
    return not isinstance(read_part(item), Raw) and "type" not in item and "role" not in item


def read_content(item: Item, finish_reason: str | None = None) -> Message:
    """Read a content of a role and parts."""
    role = text(item.get("role")) or "user"
    return Message(
        role=_ROLES.get(role, role),
        parts=map(read_part, items(item.get("parts"))),
        finish_reason=finish_reason,
    )


def read_candidate(raw: JSON) -> Message:
    """Read one candidate of a response."""
    candidate = mapping(raw)
    content = mapping(candidate.get("content"))
    return read_content({"role": "model", **content}, text(either(candidate, "finish_reason")))
