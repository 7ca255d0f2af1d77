"""Spans of the GenAI conventions, and of OpenLLMetry, which came before and still differs.

https://github.com/open-telemetry/semantic-conventions-genai
https://www.traceloop.com/docs/openllmetry/contributing/semantic-conventions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from llmlog.message import JSON
from llmlog.payload import Kind
from llmlog.reading.access import count, parsed, text
from llmlog.reading.conversation import read_messages
from llmlog.reading.response import read_response
from llmlog.reading.span.attribute import Attributes, first, item, items, nested, value_of
from llmlog.tapping.provider import PORTS

_REQUEST = "gen_ai.request."
_NAMES: Mapping[str, str] = {"choice.count": "n", "stop_sequences": "stop",
                             "encoding_formats": "encoding_format",
                             "reasoning.level": "reasoning_effort"}  # fmt: skip
_APART = frozenset({"model", "stream", "is_stream", "structured_output_schema"})
_OPENAI = ("openai", "azure.ai.openai")
_ASSOCIATED = "traceloop.association.properties."


def read(kind: Kind, attributes: Attributes) -> dict[str, Any]:
    """Return what the attributes of one span say."""
    address = _address(attributes)
    return {
        "provider": text(first(attributes, "gen_ai.provider.name", "gen_ai.system")),
        "request_model": _known(attributes.get("gen_ai.request.model")),
        "response_model": _known(attributes.get("gen_ai.response.model")),
        "response_id": text(attributes.get("gen_ai.response.id")),
        "service_tier": text(first(attributes, "openai.response.service_tier",
                                   "gen_ai.openai.response.service_tier")),
        "server_address": address[0],
        "server_port": address[1],
        "stream": _stream(attributes),
        "parameters": dict(_parameters(attributes)),
        "tools": _tools(attributes),
        "usage": _usage(attributes),
        **_content(kind, attributes),
        **_owner(attributes),
    }  # fmt: skip


def _known(value: JSON) -> str | None:
    return None if value == "unknown" else text(value)


def _address(attributes: Attributes) -> tuple[str | None, int | None]:
    url = text(first(attributes, "gen_ai.openai.api_base", "openai.api_base"))
    if url is None:
        port = count(attributes.get("server.port"))
        return text(attributes.get("server.address")), port
    parts = urlsplit(url)
    return parts.hostname, parts.port or PORTS.get(parts.scheme)


def _stream(attributes: Attributes) -> bool | None:
    said = first(attributes, "gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming")
    return None if said is None else bool(said)


def _parameters(attributes: Attributes) -> Iterator[tuple[str, JSON]]:
    for name, value in attributes.items():
        word = name[len(_REQUEST) :] if name.startswith(_REQUEST) else ""
        if word and word not in _APART and value is not None:
            yield _NAMES.get(word, word), value


def _tools(attributes: Attributes) -> tuple[JSON, ...]:
    known = items(attributes.get("gen_ai.tool.definitions"))
    flat = items(nested(attributes, "llm.request.functions"))
    return tuple(map(_tool, known or flat))


def _tool(raw: JSON) -> JSON:
    """Put a function back into the shape that it was given in."""
    said = dict(item(raw))
    said.pop("type", None)
    if "function" in said or "name" not in said:
        return raw
    said["parameters"] = parsed(said.get("parameters"))
    known = {name: value for name, value in said.items() if value is not None}
    return {"type": "function", "function": known}


def _usage(attributes: Attributes) -> JSON:
    incoming, outgoing = (
        count(first(attributes, f"gen_ai.usage.{now}_tokens", f"gen_ai.usage.{before}_tokens"))
        for now, before in (("input", "prompt"), ("output", "completion"))
    )
    if incoming is None and outgoing is None:
        return None
    cached, written, thought = (
        count(first(attributes, *(f"gen_ai.usage.{name}" for name in names)))
        for names in (
            ("cache_read.input_tokens", "cache_read_input_tokens"),
            ("cache_write.input_tokens", "cache_creation.input_tokens",
             "cache_creation_input_tokens"),
            ("reasoning.output_tokens", "reasoning_tokens"),
        )
    )  # fmt: skip
    return {
        "prompt_tokens": incoming, "completion_tokens": outgoing,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }  # fmt: skip


def _content(kind: Kind, attributes: Attributes) -> dict[str, Any]:
    if kind in ("chat", "text_completion"):
        return {"input_messages": _asked(attributes), "output_messages": _answered(attributes)}
    if kind == "embedding":
        texts = [part.content for message in _asked(attributes) for part in message.parts
                 if hasattr(part, "content")]  # fmt: skip
        return {"input_value": texts or None}
    arguments = first(attributes, "gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text",
                      "traceloop.entity.input", "gen_ai.input.messages")  # fmt: skip
    result = first(attributes, "gen_ai.tool.call.result", "gen_ai.retrieval.documents",
                   "traceloop.entity.output", "gen_ai.output.messages")  # fmt: skip
    return {
        "name": text(first(attributes, "gen_ai.tool.name", "gen_ai.agent.name",
                           "gen_ai.workflow.name", "traceloop.entity.name")),
        "input_value": _given(parsed(arguments)),
        "output_value": value_of(_returned(parsed(result))),
    }  # fmt: skip


def _given(value: JSON) -> JSON:
    """Return what a step was given, out of the frame that OpenLLMetry puts around it."""
    framed = isinstance(value, dict) and "kwargs" in value
    if not framed:
        return value
    return value.get("inputs") if value.get("inputs") is not None else value.get("input_str", value)


def _returned(value: JSON) -> JSON:
    framed = isinstance(value, dict) and "kwargs" in value
    names = ("outputs", "output")
    return next((value[name] for name in names if name in value), value) if framed else value


def _asked(attributes: Attributes) -> tuple[Any, ...]:
    turns = parsed(attributes.get("gen_ai.input.messages"))
    system = items(attributes.get("gen_ai.system_instructions"))
    first_turn = [{"role": "system", "parts": system}] if system else []
    if isinstance(turns, list):
        return read_messages([*first_turn, *turns])
    flat = [_message(one) for one in items(nested(attributes, "gen_ai.prompt"))]
    return read_messages([*first_turn, *flat])


def _answered(attributes: Attributes) -> tuple[Any, ...]:
    turns = parsed(attributes.get("gen_ai.output.messages"))
    if isinstance(turns, list):
        return read_messages([_with_reason(dict(item(turn)), attributes) for turn in turns])
    flat = [item(one) for one in items(nested(attributes, "gen_ai.completion"))]
    reasons = items(attributes.get("gen_ai.response.finish_reasons"))
    choices = [
        {"message": _message(one),
         "finish_reason": one.get("finish_reason") or next(iter(reasons), None)}
        for one in flat
    ]  # fmt: skip
    return read_response({"choices": choices}).output_messages if choices else ()


def _with_reason(turn: dict[str, JSON], attributes: Attributes) -> dict[str, JSON]:
    """Give back OpenAI's word for a stop, which OpenLLMetry translates; a model always answers."""
    if turn.get("role") == "unknown":
        turn = {**turn, "role": "assistant"}
    provider = first(attributes, "gen_ai.provider.name", "gen_ai.system")
    if turn.get("finish_reason") == "tool_call" and provider in _OPENAI:
        return {**turn, "finish_reason": "tool_calls"}
    return turn


def _message(raw: JSON) -> dict[str, JSON]:
    """Put a message that was flattened back into OpenAI's shape."""
    said = item(raw)
    content = parsed(said.get("content"))
    made: dict[str, JSON] = {
        "role": said.get("role") or "assistant",
        "content": content if isinstance(content, list) else said.get("content"),
    }
    if said.get("tool_call_id"):
        made["tool_call_id"] = said["tool_call_id"]
    calls = [item(one) for one in items(said.get("tool_calls"))]
    if calls:
        made["tool_calls"] = [
            {"id": one.get("id"), "type": "function",
             "function": {"name": one.get("name"), "arguments": one.get("arguments")}}
            for one in calls
        ]  # fmt: skip
    return made


def _owner(attributes: Attributes) -> dict[str, Any]:
    said = {name[len(_ASSOCIATED):]: value for name, value in attributes.items()
            if name.startswith(_ASSOCIATED)}  # fmt: skip
    session = first(attributes, "gen_ai.conversation.id", "session.id") or said.get("session_id")
    user = first(attributes, "user.id", "enduser.id") or said.get("user_id")
    return {
        "session_id": text(session),
        "user_id": text(user),
        "metadata": said,
        "prompt_name": text(first(attributes, "gen_ai.prompt.name", "traceloop.prompt.key")),
        "prompt_version": text(first(attributes, "gen_ai.prompt.version")),
    }
