"""Messages in the chat completions form, which LangSmith renders for every provider.

Parts that this form has no word for are blocks of LangSmith's own: reasoning, image, audio, file.
"""

from __future__ import annotations

from collections.abc import Iterable

from llmlog import Media, Message, Raw, Reasoning, Text
from llmlog.chat import chat as chat_form
from llmlog.chat import content_block, present
from llmlog.message import JSON, Part

_BLOCKS = ("image", "audio", "video")


def chat(messages: Iterable[Message]) -> list[JSON]:
    """Return a conversation."""
    return chat_form(messages, _block, shown=(Text, Reasoning, Media, Raw))


def choices(messages: Iterable[Message]) -> list[JSON]:
    """Return the answers of a model, each with the reason why it stopped."""
    made = [(message, item) for message in messages for item in chat([message])]
    return [
        present({"index": index, "message": item, "finish_reason": message.finish_reason})
        for index, (message, item) in enumerate(made)
    ]


def _block(part: Part) -> JSON:
    if isinstance(part, Reasoning):
        return {"type": "reasoning", "text": part.content}
    return _media(part) if isinstance(part, Media) else content_block(part)


def _media(part: Media) -> JSON:
    about = {"url": part.uri, "base64": part.content, "id": part.file_id,
             "mime_type": part.mime_type}  # fmt: skip
    kind = part.modality if part.modality in _BLOCKS else "file"
    return {"type": kind} | present(about)
