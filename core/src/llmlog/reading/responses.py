"""Items of the OpenAI Responses API, on their way in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from llmlog.message import JSON, Message, Part, Raw, Reasoning, ToolCall, ToolResult
from llmlog.reading.access import items, mapping, parsed, text
from llmlog.reading.anthropic_part import words
from llmlog.reading.content import read_content
from llmlog.reading.media import embedded

Item = Mapping[str, JSON]


def _message(item: Item) -> list[Part]:
    return read_content(item.get("content"))


def _function_call(item: Item) -> list[Part]:
    return [_tool_call(item, parsed(item.get("arguments")))]


def _custom_call(item: Item) -> list[Part]:
    return [_tool_call(item, item.get("input"))]


def _tool_call(item: Item, arguments: JSON) -> ToolCall:
    key = text(item.get("call_id")) or text(item.get("id"))
    return ToolCall(name=text(item.get("name")) or "", id=key, arguments=arguments)


def _mcp_call(item: Item) -> list[Part]:
    answer = item.get("output") if item.get("error") is None else item["error"]
    result = [] if answer is None else [ToolResult(id=text(item.get("id")), response=answer)]
    return [*_function_call(item), *result]


def _result(item: Item) -> list[Part]:
    return [ToolResult(id=text(item.get("call_id")), response=words(item.get("output")))]


def _reasoning(item: Item) -> list[Part]:
    found = (mapping(part).get("text")
             for part in items(item.get("content")) or items(item.get("summary")))  # fmt: skip
    content = "\n".join(filter(None, map(text, found)))
    seal = text(item.get("encrypted_content"))
    return [Reasoning(content=content, signature=seal)] if content or seal else []


def _image(item: Item) -> list[Part]:
    data = text(item.get("result"))
    form = text(item.get("output_format"))
    return [embedded(data, f"image/{form}" if form else None, "image")] if data else []


_READERS: Mapping[str, Callable[[Item], list[Part]]] = {
    "message": _message,
    "function_call": _function_call,
    "custom_tool_call": _custom_call,
    "mcp_call": _mcp_call,
    "reasoning": _reasoning,
    "image_generation_call": _image,
}


def is_item(item: Item) -> bool:
    """Say whether this is an item that is no message."""
    kind = text(item.get("type")) or ""
    return "role" not in item and (kind in _READERS or kind.endswith(("_call", "_output")))


def read_item(item: Item) -> Message:
    """Read an item of the input as a message of its own."""
    answers = str(item.get("type")).endswith("_output")
    return Message(role="tool" if answers else "assistant", parts=_parts(item))


def _parts(item: Item) -> list[Part]:
    kind = text(item.get("type")) or ""
    reader = _READERS.get(kind, _result if kind.endswith("_output") else None)
    return [Raw(value=item)] if reader is None else reader(item)


def read_output(response: Item) -> tuple[Message, ...]:
    """Read the output as the one message that it is; its end is the status or what cut it."""
    output: Iterable[Part] = [
        part for item in items(response.get("output")) for part in _parts(mapping(item))
    ]
    cut = text(mapping(response.get("incomplete_details")).get("reason"))
    ending = cut or text(response.get("status"))
    parts = tuple(output)
    return (Message(role="assistant", parts=parts, finish_reason=ending),) if parts or cut else ()
