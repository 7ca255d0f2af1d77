"""Messages in the chat completions form, which LangSmith renders for every provider.

Parts that this form has no word for are blocks of LangSmith's own: reasoning, image, audio, file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from llmlog import Media, Message, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.encoding import dumps_text
from llmlog.message import JSON, Part

_BLOCKS = ("image", "audio", "video")


def chat(messages: Iterable[Message]) -> list[JSON]:
    """Return a conversation."""
    return [item for message in messages for item in _split(message)]


def choices(messages: Iterable[Message]) -> list[JSON]:
    """Return the answers of a model, each with the reason why it stopped."""
    made = [(message, item) for message in messages for item in _split(message)]
    return [
        {"index": index, "message": item}
        | ({"finish_reason": message.finish_reason} if message.finish_reason else {})
        for index, (message, item) in enumerate(made)
    ]


def _split(message: Message) -> Iterator[JSON]:
    """Yield the message, and one more for each result of a tool in it."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    if rest or not results:
        yield _message(message, rest)
    for part in results:
        answer = {"role": "tool", "content": _text(part.response)}
        yield answer | ({"tool_call_id": part.id} if part.id else {})


def _message(message: Message, parts: Sequence[Part]) -> JSON:
    calls = [_call(part) for part in parts if isinstance(part, ToolCall)]
    made: dict[str, JSON] = {"role": message.role, "content": _content(parts)}
    return (
        made
        | ({"name": message.name} if message.name else {})
        | ({"tool_calls": calls} if calls else {})
    )


def _content(parts: Sequence[Part]) -> JSON:
    """Return plain text where there is nothing else, else a list of blocks."""
    shown = [part for part in parts if isinstance(part, (Text, Reasoning, Media, Raw))]
    texts = [part.content for part in shown if isinstance(part, Text)]
    return "\n".join(texts) if len(texts) == len(shown) else [_block(part) for part in shown]


def _block(part: Text | Reasoning | Media | Raw) -> JSON:
    if isinstance(part, (Text, Reasoning)):
        return {"type": part.type, "text": part.content}
    return _media(part) if isinstance(part, Media) else part.value


def _media(part: Media) -> JSON:
    about = {"url": part.uri, "base64": part.content, "id": part.file_id,
             "mime_type": part.mime_type}  # fmt: skip
    kind = part.modality if part.modality in _BLOCKS else "file"
    return {"type": kind} | {name: value for name, value in about.items() if value is not None}


def _call(part: ToolCall) -> JSON:
    arguments = {} if part.arguments is None else part.arguments
    made: dict[str, JSON] = {
        "type": "function", "function": {"name": part.name, "arguments": _text(arguments)}
    }  # fmt: skip
    return made | ({"id": part.id} if part.id else {})


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else dumps_text(value)
