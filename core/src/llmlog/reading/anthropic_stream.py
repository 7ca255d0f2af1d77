"""Events of Anthropic messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llmlog.message import JSON
from llmlog.reading.access import items, mapping, parsed, text

Item = Mapping[str, JSON]
EVENTS = frozenset({
    "message_start", "content_block_start", "content_block_delta", "content_block_stop",
    "message_delta", "message_stop",
})  # fmt: skip
_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


def assemble(events: Sequence[Item]) -> dict[str, JSON]:
    """Return the message that the events are of."""
    message: dict[str, Any] = {"type": "message", "role": "assistant", "usage": {}}
    blocks: dict[int, dict[str, JSON]] = {}
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            message.update(mapping(event.get("message")))
        elif kind == "message_delta":
            _end(message, event)
        else:
            _add(blocks, event)
    message["content"] = [_finished(blocks[index]) for index in sorted(blocks)]
    return message


def _end(message: dict[str, Any], event: Item) -> None:
    message.update(_known(event.get("delta")))
    message["usage"] = {**mapping(message["usage"]), **_known(event.get("usage"))}


def _known(value: JSON) -> dict[str, JSON]:
    return {name: item for name, item in mapping(value).items() if item is not None}


def _add(blocks: dict[int, dict[str, JSON]], event: Item) -> None:
    index = event.get("index")
    if not isinstance(index, int):
        return
    if event.get("type") == "content_block_start":
        blocks[index] = dict(mapping(event.get("content_block")))
    elif event.get("type") == "content_block_delta":
        _grow(blocks.setdefault(index, {}), mapping(event.get("delta")))


def _grow(block: dict[str, JSON], delta: Item) -> None:
    kind = text(delta.get("type")) or ""
    if kind in _GROWING:
        name = _GROWING[kind]
        block.setdefault("type", "text" if name == "text" else "thinking")
        block[name] = (text(block.get(name)) or "") + (text(delta.get(name)) or "")
    elif kind == "input_json_delta":
        block["partial"] = block.get("partial", "") + (text(delta.get("partial_json")) or "")
    elif kind == "citations_delta":
        block["citations"] = [*items(block.get("citations")), delta.get("citation")]


def _finished(block: dict[str, JSON]) -> dict[str, JSON]:
    partial = block.pop("partial", None)
    return {**block, "input": parsed(partial)} if partial else block
