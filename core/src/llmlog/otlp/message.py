"""Messages in the shape of `gen_ai.input.messages` and `gen_ai.output.messages`.

Source: the JSON schemas of open-telemetry/semantic-conventions-genai, `gen-ai-input-messages`,
`gen-ai-output-messages` and `gen-ai-tool-definitions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmlog import Media, Message, Payload, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.message import JSON, Part

Plain = dict[str, JSON]


def input_messages(payload: Payload) -> list[Plain]:
    """Return what went in; system messages stay where they were."""
    return [_message(message) for message in payload.input_messages]


def output_messages(payload: Payload, *, require_reason: bool = True) -> list[Plain]:
    """Return what came out.

    Up to v1.41 of the conventions a message must have a `finish_reason`, and some backends drop
    all messages when one lacks it. `require_reason` therefore puts `error` or `unknown` where the
    provider gave none.
    """
    missing = "error" if payload.failed else "unknown"
    return [
        _message(message)
        | _known(finish_reason=message.finish_reason or (missing if require_reason else None))
        for message in payload.output_messages
    ]


def tool_definitions(payload: Payload) -> list[JSON]:
    """Return the tools the model could ask for, in the flat form of the conventions."""
    return [_definition(tool) for tool in payload.tools]


def _definition(tool: JSON) -> JSON:
    """Flatten the nested form of chat completions, and rename the schema of other providers."""
    if not isinstance(tool, dict):
        return tool
    function = tool.get("function")
    flat = {**tool, **function} if isinstance(function, dict) else dict(tool)
    if isinstance(function, dict):
        del flat["function"]
    if "input_schema" in flat:
        flat["parameters"] = flat.pop("input_schema")
    return {"type": "function", **flat}


def _message(message: Message) -> Plain:
    parts = [_part(part) for part in message.parts]
    return {"role": message.role, "parts": parts, **_known(name=message.name)}


def _part(part: Part) -> Plain:
    if isinstance(part, (Text, Reasoning)):
        return {"type": part.type, "content": part.content}
    if isinstance(part, ToolCall):
        call = _known(id=part.id, arguments=part.arguments)
        return {"type": part.type, "name": part.name, **call}
    if isinstance(part, ToolResult):
        return {"type": part.type, **_known(id=part.id), "response": part.response}
    return _media(part) if isinstance(part, Media) else _raw(part)


def _media(part: Media) -> Plain:
    about = {"modality": part.modality, **_known(mime_type=part.mime_type)}
    if part.content is not None:
        return {"type": "blob", **about, "content": part.content}
    if part.file_id is not None:
        return {"type": "file", **about, "file_id": part.file_id}
    if part.uri is not None:
        return {"type": "uri", **about, "uri": part.uri}
    return {"type": part.type, **about}


def _raw(part: Raw) -> Plain:
    value = part.value
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        return dict(value)
    return {"type": part.type, "value": value}


def _known(**fields: Any) -> Plain:
    return {name: value for name, value in fields.items() if value is not None}
