"""A payload as the `langfuse.*` attributes of an observation.

Source: the attribute names of the vendor's SDK and of the server that reads them. Values that
are no text are JSON text, as the SDK writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.encoding import dumps_text
from llmlog.fact import level
from llmlog.message import JSON
from llmlog.otlp import Attributes, error_type, facts, span_name
from llmlog_langfuse.chat import chat_input, chat_output

TYPES: Mapping[str, str] = {
    "embedding": "embedding", "tool": "tool", "retrieval": "retriever", "agent": "agent",
    "chain": "chain", "guardrail": "guardrail",
}  # fmt: skip
LEVELS: Mapping[str, str] = {"error": "ERROR", "warn": "WARNING"}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def attributes(payload: Payload) -> Attributes:
    """Return all attributes of an observation."""
    return {
        **payload.attributes,
        **facts(payload),
        **_call(payload),
        **_trace(payload),
        **_observation(payload),
        **_generation(payload),
        **{f"langfuse.observation.metadata.{name}": value
           for name, value in payload.metadata.items()},
    }  # fmt: skip


def observation_name(payload: Payload) -> str:
    """Return the user's name of the call, else what it does and with which model."""
    return payload.name or span_name(payload)


def _call(payload: Payload) -> Attributes:
    """Return what Langfuse keeps among an observation's other attributes."""
    return {
        "gen_ai.provider.name": payload.provider_name,
        "gen_ai.request.model": payload.request_model,
        "gen_ai.response.id": payload.response_id,
        "gen_ai.response.finish_reasons": list(payload.finish_reasons) or None,
        "server.address": payload.server_address,
        "error.type": error_type(payload),
    }


def _trace(payload: Payload) -> Attributes:
    is_root = payload.parent_span_id is None
    return {
        "langfuse.trace.name": observation_name(payload) if is_root else None,
        "langfuse.trace.tags": list(payload.tags) or None,
        "user.id": payload.user_id,
        "session.id": payload.session_id,
    }


def _observation(payload: Payload) -> Attributes:
    reason = payload.status if payload.failed else None
    return {
        "langfuse.observation.type": TYPES.get(payload.kind, "generation"),
        "langfuse.observation.input": _text(chat_input(payload) or payload.input_value),
        "langfuse.observation.output": _text(chat_output(payload) or payload.output_value),
        "langfuse.observation.level": LEVELS.get(level(payload)),
        "langfuse.observation.status_message": payload.error.message if payload.error else reason,
    }


def _generation(payload: Payload) -> Attributes:
    version = payload.prompt_version or ""
    linked = payload.prompt_name is not None and version.isdecimal()
    return {
        "langfuse.observation.model.name": payload.model,
        "langfuse.observation.model.parameters": _text(dict(payload.parameters) or None),
        "langfuse.observation.usage_details": _text(_usage(payload.usage or Usage()) or None),
        "langfuse.observation.cost_details": _text(_cost(payload) or None),
        "langfuse.observation.completion_start_time": _text(_first_token_time(payload)),
        "langfuse.observation.prompt.name": payload.prompt_name if linked else None,
        "langfuse.observation.prompt.version": int(version) if linked else None,
    }


def _usage(usage: Usage) -> dict[str, JSON]:
    """Return tokens in buckets that do not overlap, under the names of Langfuse's price table."""
    return present({
        "input": usage.input_tokens,
        "input_cached_tokens": usage.cache_read_tokens,
        "input_cache_creation": usage.cache_write_tokens,
        "input_audio_tokens": usage.input_audio_tokens,
        "input_image": usage.input_image_tokens,
        "output": usage.output_tokens,
        "output_reasoning_tokens": usage.reasoning_tokens,
        "output_audio_tokens": usage.output_audio_tokens,
        "output_image": usage.output_image_tokens,
        "total": usage.total_tokens,
    })  # fmt: skip


def _cost(payload: Payload) -> dict[str, JSON]:
    """Return the cost in dollars; Langfuse knows no other currency."""
    cost = payload.cost
    if cost is None or cost.currency != "USD":
        return {}
    return present({"input": cost.input, "output": cost.output, "total": cost.total})


def _first_token_time(payload: Payload) -> JSON:
    """Return when the first token came, as quoted ISO text: every server version reads it."""
    first_ns = payload.timing.time_to_first_token_ns
    if first_ns is None:
        return None
    microseconds = (payload.timing.start_unix_ns + first_ns) // 1000
    time = _EPOCH + timedelta(microseconds=microseconds)
    return dumps_text(time.isoformat(timespec="microseconds").replace("+00:00", "Z"))


def _text(value: JSON) -> str | None:
    return value if value is None or isinstance(value, str) else dumps_text(value)
