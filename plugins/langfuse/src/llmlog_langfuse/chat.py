"""Messages in the chat form that Langfuse renders: roles, content, tool calls, thinking, media."""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import Media, Message, Payload, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.encoding import dumps_text
from llmlog.message import JSON, Part
from llmlog_otel import tool_definitions


def chat_input(payload: Payload) -> JSON:
    """Return the conversation, together with the tools if there are any; None without one."""
    messages = _chat(payload.input_messages)
    tools = tool_definitions(payload)
    return {"messages": messages, "tools": tools} if tools else messages or None


def chat_output(payload: Payload) -> JSON:
    """Return the answer, or the list of them if there are several; None without one."""
    messages = _chat(payload.output_messages)
    return messages[0] if len(messages) == 1 else messages or None


def _chat(messages: tuple[Message, ...]) -> list[JSON]:
    return [item for message in messages for item in _split(message)]


def _split(message: Message) -> list[JSON]:
    """Return one message, and one more for each tool result in it."""
    results: list[JSON] = [_result(part) for part in message.parts if isinstance(part, ToolResult)]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    return results if results and not rest else [_message(message, rest), *results]


def _result(part: ToolResult) -> JSON:
    response = part.response
    content = response if isinstance(response, str) else dumps_text(response)
    return {"role": "tool", "tool_call_id": part.id or "", "content": content}


def _message(message: Message, parts: Sequence[Part]) -> JSON:
    made: dict[str, JSON] = {"role": message.role, "content": _content(parts)}
    if message.name:
        made["name"] = message.name
    if calls := [_call(part) for part in parts if isinstance(part, ToolCall)]:
        made["tool_calls"] = calls
    if thoughts := [part.content for part in parts if isinstance(part, Reasoning)]:
        made["thinking"] = [{"type": "thinking", "content": thought} for thought in thoughts]
    return made


def _content(parts: Sequence[Part]) -> JSON:
    """Return plain text where there is nothing but text, else a list of parts."""
    shown = [part for part in parts if isinstance(part, (Text, Media, Raw))]
    if all(isinstance(part, Text) for part in shown):
        return "\n".join(part.content for part in shown if isinstance(part, Text))
    return [_part(part) for part in shown]


def _part(part: Text | Media | Raw) -> JSON:
    if isinstance(part, Text):
        return {"type": "text", "text": part.content}
    if isinstance(part, Raw):
        return part.value
    return _media(part)


def _media(part: Media) -> JSON:
    """Return an image as a link; other media as a part that names its address or holds its bytes.

    Langfuse takes the bytes out of a `data:` address and stores them apart.
    """
    url = part.uri
    if part.content is not None:
        url = f"data:{part.mime_type or 'application/octet-stream'};base64,{part.content}"
    if part.modality == "image" and url is not None:
        return {"type": "image_url", "image_url": {"url": url}}
    about = {"mime_type": part.mime_type, "file_id": part.file_id, "url": url}
    return {"type": part.modality} | {name: item for name, item in about.items() if item}


def _call(part: ToolCall) -> JSON:
    given = part.arguments
    arguments = given if isinstance(given, str) else dumps_text({} if given is None else given)
    function = {"name": part.name, "arguments": arguments}
    return {"id": part.id or "", "type": "function", "function": function}
