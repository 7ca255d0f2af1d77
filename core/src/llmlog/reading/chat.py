"""OpenAI chat messages and completions, and the messages of Anthropic, which share their frame."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog.message import JSON, Media, Message, Part, Reasoning, Text, ToolCall, ToolResult
from llmlog.mould import mould
from llmlog.reading.access import items, mapping, parsed, text
from llmlog.reading.anthropic_part import words
from llmlog.reading.content import read_content

Item = Mapping[str, JSON]
_message = mould(Message)
_LANGCHAIN_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool"}


def role_of(item: Item) -> str | None:
    """Return who speaks, None if it does not say."""
    return text(item.get("role")) or _LANGCHAIN_ROLES.get(text(item.get("type")) or "")


def read_message(item: Item, finish_reason: str | None = None) -> Message:
    """Read a message of a role and a content."""
    role = role_of(item) or "user"
    answers = role in ("tool", "function") and "tool_calls" not in item
    return _message(
        role="tool" if answers else role,
        parts=[_tool_result(item)] if answers else _parts(item),
        name=text(item.get("name")),
        finish_reason=finish_reason,
    )


def _tool_result(item: Item) -> Part:
    return ToolResult(id=text(item.get("tool_call_id")), response=words(item.get("content")))


def _parts(item: Item) -> list[Part]:
    thought = text(item.get("reasoning_content")) or text(item.get("reasoning"))
    refusal = text(item.get("refusal"))
    return [
        *([Reasoning(content=thought)] if thought else ()),
        *read_content(item.get("content")),
        *([Text(content=refusal)] if refusal else ()),
        *_audio(mapping(item.get("audio"))),
        *_tool_calls(item),
    ]


def _audio(audio: Item) -> list[Part]:
    data, transcript = text(audio.get("data")), text(audio.get("transcript"))
    file_id = text(audio.get("id"))
    spoken = [Media(modality="audio", file_id=file_id, content=data)] if data or file_id else []
    return [*spoken, *([Text(content=transcript)] if transcript else ())]


def _tool_calls(item: Item) -> list[Part]:
    calls = [_tool_call(mapping(call)) for call in items(item.get("tool_calls"))]
    legacy = mapping(item.get("function_call"))
    return [*calls, *([_tool_call({"function": legacy})] if legacy else ())]


def _tool_call(call: Item) -> ToolCall:
    """Read a call of a function or a custom tool, or LangChain's of `name` and `args`."""
    body = mapping(call.get("function")) or mapping(call.get("custom")) or call
    arguments = next((body[key] for key in ("arguments", "args") if key in body), None)
    return ToolCall(
        name=text(body.get("name")) or "",
        id=text(call.get("id")),
        arguments=parsed(arguments) if "input" not in body else body["input"],
    )


def read_choice(raw: JSON) -> Message:
    """Read one choice of a chat completion, or of a text completion."""
    choice = mapping(raw)
    message, reason = mapping(choice.get("message")), text(choice.get("finish_reason"))
    if message.get("role") == "assistant" and type(words := message.get("content")) is str:
        said = [name for name, value in message.items() if value]
        if len(said) == 2 and words:  # noqa: PLR2004  # nothing but these two
            return _message(role="assistant", parts=(Text(content=words),), finish_reason=reason)
    spoken = message or {"content": choice.get("text")}
    return read_message({"role": "assistant", **spoken}, reason)
