"""Content blocks of Anthropic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from llmlog.message import JSON, Media, Part, Reasoning, Text, ToolCall, ToolResult
from llmlog.reading.access import items, mapping, text
from llmlog.reading.media import embedded, linked

Item = Mapping[str, JSON]


def _media(modality: str) -> Callable[[Item], Part | None]:
    def read(item: Item) -> Part | None:
        source = mapping(item.get("source"))
        data, url = text(source.get("data")), text(source.get("url"))
        if data and source.get("type") == "text":
            return Text(content=data)
        if data:
            return embedded(data, text(source.get("media_type")), modality)
        if url:
            return linked(url, modality)
        file_id = text(source.get("file_id"))
        return Media(modality=modality, file_id=file_id) if file_id else None

    return read


def _tool_use(item: Item) -> Part | None:
    name = text(item.get("name"))
    if not name:
        return None
    return ToolCall(name=name, id=text(item.get("id")), arguments=item.get("input"))


def tool_result(item: Item) -> ToolResult:
    """Read a block that answers a tool call."""
    return ToolResult(id=text(item.get("tool_use_id")), response=words(item.get("content")))


def words(content: JSON) -> JSON:
    """Return what a tool said: joined words if there are only words, else all as it came."""
    texts = [mapping(block).get("text") for block in items(content)]
    if texts and all(isinstance(item, str) for item in texts):
        return "\n".join(str(item) for item in texts)
    return content


def _thinking(item: Item) -> Part | None:
    return Reasoning(
        content=text(item.get("thinking")) or "", signature=text(item.get("signature"))
    )


def _redacted(item: Item) -> Part | None:
    return Reasoning(content="", signature=text(item.get("data")))


READERS: Mapping[str, Callable[[Item], Part | None]] = {
    "image": _media("image"),
    "document": _media("file"),
    "tool_use": _tool_use,
    "server_tool_use": _tool_use,
    "mcp_tool_use": _tool_use,
    "tool_result": tool_result,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
}
