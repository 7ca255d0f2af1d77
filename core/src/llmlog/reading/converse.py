"""Messages, responses and streams of Bedrock's Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llmlog.message import JSON, Media, Message, Part, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Usage
from llmlog.reading.access import count, items, mapping, parsed, text
from llmlog.reading.reading import Reading

Item = Mapping[str, JSON]
_MEDIA = {"image": "image", "video": "video", "audio": "audio", "document": "file"}
_EVENTS = frozenset({"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop",
                     "messageStop", "metadata"})  # fmt: skip


def read_block(block: Item) -> Part | None:
    """Read one block of content; None for what is none of Converse."""
    if isinstance(block.get("text"), str):
        return Text(content=block["text"])
    if "toolUse" in block:
        said = mapping(block["toolUse"])
        return ToolCall(name=text(said.get("name")) or "", id=text(said.get("toolUseId")),
                        arguments=said.get("input"))  # fmt: skip
    if "toolResult" in block:
        said = mapping(block["toolResult"])
        return ToolResult(id=text(said.get("toolUseId")), response=_result(said))
    if "reasoningContent" in block:
        said = mapping(mapping(block["reasoningContent"]).get("reasoningText"))
        return Reasoning(content=text(said.get("text")) or "",
                         signature=text(said.get("signature")))  # fmt: skip
    return next((_media(name, mapping(block[name])) for name in _MEDIA if name in block), None)


def _result(said: Item) -> JSON:
    """Return what a tool said: joined words, its one JSON value, or all as it came."""
    blocks = [mapping(block) for block in items(said.get("content"))]
    if blocks and all(isinstance(block.get("text"), str) for block in blocks):
        return "\n".join(str(block["text"]) for block in blocks)
    return blocks[0]["json"] if len(blocks) == 1 and "json" in blocks[0] else said.get("content")


def _media(name: str, said: Item) -> Media:
    form = text(said.get("format"))
    where = mapping(mapping(said.get("source")).get("s3Location"))
    modality = _MEDIA[name]
    mime = f"{modality}/{form}" if form and modality != "file" else None
    return Media(modality=modality, mime_type=mime, uri=text(where.get("uri")))


def is_response(item: Item) -> bool:
    """Say whether this is a response of Converse."""
    return "stopReason" in item or "message" in mapping(item.get("output"))


def read_response(item: Item) -> Reading:
    """Read a response."""
    said = mapping(mapping(item.get("output")).get("message"))
    parts = [read_block(mapping(block)) for block in items(said.get("content"))]
    message = Message(
        role=text(said.get("role")) or "assistant",
        parts=[part for part in parts if part is not None],
        finish_reason=text(item.get("stopReason")),
    )
    usage = _usage(mapping(item.get("usage")))
    return Reading(output_messages=[message], usage=usage)


def _usage(raw: Item) -> Usage | None:
    """Read the counts, of which cached and written tokens are beside the input."""
    names = {"input_tokens": "inputTokens", "output_tokens": "outputTokens",
             "cache_read_tokens": "cacheReadInputTokens",
             "cache_write_tokens": "cacheWriteInputTokens"}  # fmt: skip
    counts = {name: count(raw.get(key)) for name, key in names.items()}
    known = any(number is not None for number in counts.values())
    return Usage(**counts, origin="provider", raw=dict(raw)) if known else None


def is_event(event: Item) -> bool:
    """Say whether this is an event of a stream."""
    return bool(_EVENTS.intersection(event))


def assemble(events: Sequence[Item]) -> dict[str, JSON]:
    """Return the response that the events are of."""
    made: dict[str, JSON] = {}
    message: dict[str, Any] = {"role": "assistant"}
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        message.update({"role": mapping(event["messageStart"]).get("role")}
                       if "messageStart" in event else {})  # fmt: skip
        for name in ("contentBlockStart", "contentBlockDelta"):
            if name in event:
                _grow(blocks, mapping(event[name]))
        made.update({"stopReason": mapping(event["messageStop"]).get("stopReason")}
                    if "messageStop" in event else {})  # fmt: skip
        made.update({"usage": mapping(event["metadata"]).get("usage")}
                    if "metadata" in event else {})  # fmt: skip
    content = [_finished(blocks[index]) for index in sorted(blocks)]
    return {"stopReason": None, **made, "output": {"message": {**message, "content": content}}}


def _grow(blocks: dict[int, dict[str, Any]], said: Item) -> None:
    index = said.get("contentBlockIndex")
    block = blocks.setdefault(index if isinstance(index, int) else 0, {})
    block.update(mapping(said.get("start")))
    delta = mapping(said.get("delta"))
    if "text" in delta:
        block["text"] = block.get("text", "") + (text(delta["text"]) or "")
    if "toolUse" in delta:
        block["typed"] = block.get("typed", "") + (
            text(mapping(delta["toolUse"]).get("input")) or ""
        )
    if "reasoningContent" in delta:
        thought = block.setdefault("reasoningContent", {"reasoningText": {}})["reasoningText"]
        for name, value in mapping(delta["reasoningContent"]).items():
            thought[name] = thought.get(name, "") + (text(value) or "")


def _finished(block: dict[str, Any]) -> dict[str, Any]:
    typed = block.pop("typed", None)
    if typed is None:
        return block
    return {**block, "toolUse": {**mapping(block.get("toolUse")), "input": parsed(typed)}}
