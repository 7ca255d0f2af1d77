"""What was asked and answered, and the tokens of it."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from llmlog import Usage
from llmlog.bridging import items, mapping, read_messages, read_response
from llmlog.message import JSON
from llmlog.payload import Kind
from llmlog_litellm.event import Event, Item

_CONVERSATIONS = ("chat", "text_completion")
_TOOLS = ("tools", "functions")


def content(event: Event, kind: Kind) -> dict[str, Any]:
    """Return the fields of request and response."""
    said = event.standard
    parameters = mapping(said.get("model_parameters"))
    tools = next((items(parameters[name]) for name in _TOOLS if parameters.get(name)), [])
    reading = read_response(said["response"]) if said.get("response") else read_response([])
    return {
        "parameters": {name: value for name, value in parameters.items() if name not in _TOOLS},
        "tools": tuple(tools),
        **_asked(said.get("messages"), kind),
        "output_messages": reading.output_messages,
        "output_value": reading.output_value or None,
        "response_model": reading.response_model,
        "response_id": _response_id(said),
        "service_tier": reading.service_tier,
        "usage": _usage(said),
    }


def _asked(messages: JSON, kind: Kind) -> dict[str, Any]:
    if not messages:
        return {}
    if kind in _CONVERSATIONS:
        return {"input_messages": read_messages(messages)}
    turns = [mapping(turn) for turn in items(messages)]
    if turns and all(turn.get("role") == "user" and "content" in turn for turn in turns):
        return {"input_value": [turn["content"] for turn in turns]}
    return {"input_value": messages}


def _response_id(said: Item) -> str | None:
    """Return the provider's id; LiteLLM puts its own call's id where there is none."""
    known = mapping(said.get("response")).get("id") or said.get("id")
    return str(known) if known and known != said.get("litellm_call_id") else None


def _usage(said: Item) -> Usage | None:
    facts, hidden = mapping(said.get("metadata")), mapping(said.get("hidden_params"))
    raw = next(filter(None, (mapping(place.get("usage_object")) for place in (facts, hidden))), {})
    raw = raw or mapping(mapping(said.get("response")).get("usage")) or _counts(said)
    if said.get("status") != "success" and not _counts(said):
        return None
    read = read_response({"choices": [], "usage": _with_writes(raw)}).usage if raw else None
    return evolve(read, raw=raw) if read else None


def _counts(said: Item) -> Item:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    counts = {name: said.get(name) for name in names}
    return counts if any(counts.values()) else {}


def _with_writes(raw: Item) -> Item:
    """Name the tokens written to a cache as OpenAI does; LiteLLM has three names for them."""
    details = mapping(raw.get("prompt_tokens_details"))
    written = (details.get("cache_write_tokens") or details.get("cache_creation_tokens")
               or raw.get("cache_creation_input_tokens"))  # fmt: skip
    read = details.get("cached_tokens") or raw.get("cache_read_input_tokens")
    known = {"cache_write_tokens": written, "cached_tokens": read}
    added = {name: value for name, value in known.items() if value}
    return {**raw, "prompt_tokens_details": {**details, **added}} if added else raw
