"""A payload as the `langfuse.*` attributes of an observation, for Langfuse and what reads them.

Source: the attribute names of the vendor's SDK and of the server that reads them. Values that
are no text are JSON text, as the SDK writes them; messages are in the chat form that it renders.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Message, Payload, Reasoning
from llmlog.chat import chat, shown_text
from llmlog.encoding import dumps_text
from llmlog.fact import dollars, level
from llmlog.instant import iso
from llmlog.message import JSON
from llmlog.naming import renamed
from llmlog.otlp.convention import Attributes, call_name, error_type
from llmlog.otlp.extra import facts
from llmlog.otlp.message import tool_definitions

TYPES: Mapping[str, str] = {
    "embedding": "embedding", "tool": "tool", "retrieval": "retriever", "agent": "agent",
    "chain": "chain", "guardrail": "guardrail",
}  # fmt: skip
LEVELS: Mapping[str, str] = {"error": "ERROR", "warn": "WARNING"}
USAGE: Mapping[str, str] = {
    "input": "input_tokens", "input_cached_tokens": "cache_read_tokens",
    "input_cache_creation": "cache_write_tokens", "input_audio_tokens": "input_audio_tokens",
    "input_image": "input_image_tokens", "output": "output_tokens",
    "output_reasoning_tokens": "reasoning_tokens", "output_audio_tokens": "output_audio_tokens",
    "output_image": "output_image_tokens", "total": "total_tokens",
}  # fmt: skip
"""Buckets that do not overlap, under the names of Langfuse's price table."""
COST = {"input": "input", "output": "output", "total": "total"}


def langfuse(payload: Payload) -> Attributes:
    """Return all attributes of a call."""
    metadata = payload.metadata.items()
    return {
        **payload.attributes,
        **facts(payload),
        **_call(payload),
        **_observation(payload),
        **_generation(payload),
        **{f"langfuse.observation.metadata.{name}": value for name, value in metadata},
    }


def _call(payload: Payload) -> Attributes:
    """Return the trace, and what Langfuse keeps among an observation's other attributes."""
    return {
        "gen_ai.provider.name": payload.provider_name,
        "gen_ai.request.model": payload.request_model,
        "gen_ai.response.id": payload.response_id,
        "gen_ai.response.finish_reasons": list(payload.finish_reasons) or None,
        "server.address": payload.server_address,
        "error.type": error_type(payload),
        "langfuse.trace.name": call_name(payload) if payload.parent_span_id is None else None,
        "langfuse.trace.tags": list(payload.tags) or None,
        "user.id": payload.user_id,
        "session.id": payload.session_id,
    }


def _observation(payload: Payload) -> Attributes:
    reason = payload.status if payload.failed else None
    return {
        "langfuse.observation.type": TYPES.get(payload.kind, "generation"),
        "langfuse.observation.input": shown_text(chat_input(payload) or payload.input_value),
        "langfuse.observation.output": shown_text(chat_output(payload) or payload.output_value),
        "langfuse.observation.level": LEVELS.get(level(payload)),
        "langfuse.observation.status_message": payload.error.message if payload.error else reason,
    }


def _generation(payload: Payload) -> Attributes:
    version, first_ns = payload.prompt_version or "", payload.timing.first_token_unix_ns
    linked = payload.prompt_name is not None and version.isdecimal()
    return {
        "langfuse.observation.model.name": payload.model,
        "langfuse.observation.model.parameters": shown_text(dict(payload.parameters) or None),
        "langfuse.observation.usage_details": shown_text(renamed(payload.tokens, USAGE) or None),
        "langfuse.observation.cost_details": shown_text(renamed(dollars(payload), COST) or None),
        "langfuse.observation.completion_start_time": first_ns and dumps_text(iso(first_ns)),
        "langfuse.observation.prompt.name": payload.prompt_name if linked else None,
        "langfuse.observation.prompt.version": int(version) if linked else None,
    }


def chat_input(payload: Payload) -> JSON:
    """Return the conversation, together with the tools if there are any; None without one."""
    messages = chat(payload.input_messages, extra=_thinking)
    tools = tool_definitions(payload)
    return {"messages": messages, "tools": tools} if tools else messages or None


def chat_output(payload: Payload) -> JSON:
    """Return the answer, or the list of them if there are several; None without one."""
    messages = chat(payload.output_messages, extra=_thinking)
    return messages[0] if len(messages) == 1 else messages or None


def _thinking(message: Message) -> dict[str, JSON]:
    thoughts = [part.content for part in message.parts if isinstance(part, Reasoning)]
    shown = [{"type": "thinking", "content": thought} for thought in thoughts]
    return {"thinking": shown} if shown else {}
