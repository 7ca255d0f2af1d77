"""Messages as OpenInference's flat attributes, one per field of a message or of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmlog import Media, Message, Raw, Reasoning, Text
from llmlog.chat import chat, data_url, present, text_of
from llmlog.message import JSON, Part

_SHOWN = (Text, Reasoning, Media, Raw)
_LINKED = ("image", "audio", "video")


def flat_messages(prefix: str, messages: Iterable[Message]) -> Iterator[tuple[str, JSON]]:
    """Yield `prefix.0.message.role` and so on; a tool's result is a message of its own."""
    for number, message in enumerate(chat(messages, _block, _SHOWN)):
        for name, value in _message(message):
            yield f"{prefix}.{number}.message.{name}", value


def _message(message: Mapping[str, Any]) -> Iterator[tuple[str, JSON]]:
    for name in ("role", "name", "tool_call_id"):
        yield name, message.get(name)
    content = message["content"]
    if isinstance(content, str):
        yield "content", content or None
    else:
        for number, block in enumerate(content):
            for name, value in block.items():
                yield f"contents.{number}.message_content.{name}", value
    for number, call in enumerate(message.get("tool_calls", ())):
        function = call["function"]
        said = {"id": call.get("id"), "function.name": function["name"],
                "function.arguments": function["arguments"]}  # fmt: skip
        for name, value in said.items():
            yield f"tool_calls.{number}.tool_call.{name}", value


def _block(part: Part) -> JSON:
    """Return one part by the names that follow `message_content.`."""
    if isinstance(part, Media):
        return _media(part)
    if isinstance(part, Reasoning):
        return present({"type": "reasoning", "text": part.content, "signature": part.signature})
    said = part.value if isinstance(part, Raw) else getattr(part, "content", "")
    return {"type": "text", "text": text_of(said)}


def _media(part: Media) -> dict[str, JSON]:
    url = data_url(part)
    if part.modality not in _LINKED:
        about = {"url": url, "id": part.file_id, "mime_type": part.mime_type}
        named = {f"document.document.{name}": value for name, value in about.items()}
        return present({"type": "document", **named})
    kind = part.modality
    mime_type = part.mime_type if kind == "audio" else None
    return present({
        "type": kind, "id": part.file_id, f"{kind}.{kind}.url": url,
        f"{kind}.{kind}.mime_type": mime_type,
    })  # fmt: skip
