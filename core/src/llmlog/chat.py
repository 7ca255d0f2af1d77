"""Messages in the chat completions form, which most platforms render, whatever the provider.

Text alone is a string, anything more a list of blocks; a tool's result is a message of its own,
with the role `tool`; arguments of tool calls are JSON text. What a platform wants differently it
says by `block` (one part as one block), `shown` (the parts that are content) and `extra` (further
fields of a message).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from llmlog.encoding import dumps_text
from llmlog.message import JSON, Media, Message, Part, Raw, Text, ToolCall, ToolResult
from llmlog.payload import Payload

Block = Callable[[Part], JSON]
Extra = Callable[[Message], Mapping[str, JSON]]
Said = Callable[[Sequence[Message]], Sequence[JSON]]


def chat(
    messages: Iterable[Message],
    block: Block | None = None,
    shown: tuple[type[Part], ...] = (Text, Media, Raw),
    extra: Extra = lambda _: {},
) -> list[JSON]:
    """Return a conversation as a list of messages."""
    made = block or content_block
    return [item for message in messages for item in _split(message, made, shown, extra)]


def choices(messages: Iterable[Message], said: Said = chat) -> list[JSON]:
    """Return answers as the chat completions API does, each with the reason why it stopped."""
    made = [(message, item) for message in messages for item in said([message])]
    return [
        present({"index": index, "message": item, "finish_reason": message.finish_reason})
        for index, (message, item) in enumerate(made)
    ]


def named(name: str, value: JSON) -> dict[str, JSON]:
    """Return a value as a dict: itself if it is one, else under the name; empty for None."""
    if value is None:
        return {}
    return dict(value) if isinstance(value, Mapping) else {name: value}


def asked(payload: Payload, said: Said = chat) -> dict[str, JSON]:
    """Return what went into a call: messages and tools, and a value that is no message."""
    messages, tools = list(said(payload.input_messages)), list(payload.tools)
    return present({"messages": messages or None, "tools": tools or None}) | named(
        "input", payload.input_value
    )


def answered(payload: Payload, said: Said = chat) -> dict[str, JSON]:
    """Return what came out of a call: choices, and a value that is no message."""
    made = choices(payload.output_messages, said)
    return ({"choices": made} if made else {}) | named("output", payload.output_value)


def _split(
    message: Message, block: Block, shown: tuple[type[Part], ...], extra: Extra
) -> Iterator[JSON]:
    """Yield the message, and one more for each result of a tool in it."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    if len(results) < len(message.parts) or not results:
        yield {**_message(message, block, shown), **extra(message)}
    for part in results:
        content = text_of(part.response)
        yield present({"role": "tool", "tool_call_id": part.id, "content": content})


def _message(message: Message, block: Block, shown: tuple[type[Part], ...]) -> dict[str, JSON]:
    parts = [part for part in message.parts if isinstance(part, shown)]
    made: dict[str, JSON] = {"role": message.role, "content": _content(parts, block)}
    if message.name:
        made["name"] = message.name
    if message.tool_calls:
        made["tool_calls"] = [tool_call(part) for part in message.tool_calls]
    return made


def _content(parts: Sequence[Part], block: Block) -> JSON:
    texts = [part.content for part in parts if isinstance(part, Text)]
    return "\n".join(texts) if len(texts) == len(parts) else [block(part) for part in parts]


def tool_call(part: ToolCall) -> dict[str, JSON]:
    """Return a call of a tool; its arguments are JSON text."""
    arguments = {} if part.arguments is None else part.arguments
    function = {"name": part.name, "arguments": text_of(arguments)}
    return present({"id": part.id, "type": "function", "function": function})


def content_block(part: Part) -> JSON:
    """Return one part as the chat completions API has it; a raw part as it came."""
    if isinstance(part, Raw):
        return part.value
    if isinstance(part, Media):
        return _media(part)
    return {"type": "text", "text": getattr(part, "content", "")}


def _media(part: Media) -> JSON:
    url = data_url(part)
    if part.modality == "image" and url is not None:
        return {"type": "image_url", "image_url": {"url": url}}
    about = {"mime_type": part.mime_type, "file_id": part.file_id, "url": url}
    return {"type": part.modality} | present(about)


def data_url(part: Media) -> str | None:
    """Return the address of a medium, its bytes as a `data:` one; None if it has neither."""
    if part.content is None:
        return part.uri
    return f"data:{part.mime_type or 'application/octet-stream'};base64,{part.content}"


def text_of(value: JSON) -> str:
    """Return a text as it is, anything else as JSON text."""
    return value if isinstance(value, str) else dumps_text(value)


def shown_text(value: JSON) -> str | None:
    """Return a value as `text_of` has it; None for none."""
    return None if value is None else text_of(value)


def present(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the fields that are known: absent is absent."""
    return {name: value for name, value in fields.items() if value is not None}
