"""A payload as an event: a generation, an embedding, or a span around them.

Source: the vendor's list of properties for manual capture, and what its SDK captures.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import chat, present
from llmlog.fact import CONTENT, GIVEN, dollars, rest
from llmlog.instant import utc
from llmlog.message import JSON
from llmlog.wording import why

EVENTS: Mapping[str, str] = {
    "embedding": "$ai_embedding", "tool": "$ai_span", "retrieval": "$ai_span",
    "agent": "$ai_span", "chain": "$ai_span", "guardrail": "$ai_span",
}  # fmt: skip

PLACED = (
    "id", "trace_id", "span_id", "parent_span_id", "ancestor_ids", "name", "timing", "usage",
    "session_id", "user_id", "prompt_name", "prompt_version",
)  # fmt: skip


def event(payload: Payload) -> dict[str, JSON]:
    """Return the event of a call; PostHog keeps one of those with equal uuid, name and time."""
    end = utc(payload.timing.end_unix_ns)
    name = EVENTS.get(payload.kind, "$ai_generation")
    said = _span(payload) if name == "$ai_span" else _generation(payload)
    return {
        "event": name,
        "uuid": payload.id,
        "distinct_id": payload.user_id or payload.trace_id,
        "timestamp": end.isoformat(timespec="microseconds"),
        "properties": {**_facts(payload), **present({**_call(payload), **said})},
    }


def _call(payload: Payload) -> dict[str, JSON]:
    """Return what every event says; without a user there is no person to make a profile of."""
    return {
        "$lib": "llmlog",
        "$ai_lib": "llmlog",
        "$geoip_disable": True,
        "$process_person_profile": None if payload.user_id else False,
        "$ai_trace_id": payload.trace_id,
        "$ai_span_id": payload.span_id,
        "$ai_parent_id": payload.parent_span_id,
        "$ai_session_id": payload.session_id,
        "$ai_span_name": payload.name,
        "$ai_latency": payload.timing.duration_ns / 1e9,
        "$ai_is_error": payload.failed,
        "$ai_error": why(payload),
        "$ai_error_type": payload.error and payload.error.type,
    }


def _span(payload: Payload) -> dict[str, JSON]:
    return {
        "$ai_span_type": payload.kind,
        "$ai_input_state": chat(payload.input_messages) or payload.input_value,
        "$ai_output_state": chat(payload.output_messages) or payload.output_value,
    }


def _generation(payload: Payload) -> dict[str, JSON]:
    status = payload.error.status_code if payload.error else None
    return {
        "$ai_model": payload.model,
        "$ai_provider": payload.provider_name,
        "$ai_base_url": payload.server_address and f"https://{payload.server_address}",
        "$ai_http_status": status,
        "$ai_input": chat(payload.input_messages) or payload.input_value,
        "$ai_output_choices": chat(payload.output_messages) or payload.output_value,
        "$ai_stop_reason": next(iter(payload.finish_reasons), None),
        "$ai_tools": list(payload.tools) or None,
        "$ai_model_parameters": dict(payload.parameters) or None,
        "$ai_stream": payload.stream,
        "$ai_service_tier": payload.service_tier,
        "$ai_time_to_first_token": payload.timing.first_token_s,
        "$ai_prompt_name": payload.prompt_name,
        "$ai_prompt_version": payload.prompt_version,
        **_usage(payload.usage or Usage()),
        **_cost(payload),
    }


def _usage(usage: Usage) -> dict[str, JSON]:
    """Return tokens; those from a cache are part of the input."""
    cached = usage.cache_read_tokens is not None or usage.cache_write_tokens is not None
    return {
        "$ai_input_tokens": usage.total_input_tokens,
        "$ai_output_tokens": usage.total_output_tokens,
        "$ai_cache_read_input_tokens": usage.cache_read_tokens,
        "$ai_cache_creation_input_tokens": usage.cache_write_tokens,
        "$ai_cache_reporting_exclusive": False if cached else None,
        "$ai_reasoning_tokens": usage.reasoning_tokens,
        "$ai_usage": usage.raw and dict(usage.raw),
    }


def _cost(payload: Payload) -> dict[str, JSON]:
    cost = dollars(payload)
    return {
        "$ai_input_cost_usd": cost.input,
        "$ai_output_cost_usd": cost.output,
        "$ai_total_cost_usd": cost.total,
    }


def _facts(payload: Payload) -> dict[str, JSON]:
    """Return what PostHog has no property for, and the user's metadata under their own keys."""
    made = rest(payload, *CONTENT, *GIVEN, *PLACED)
    return {**payload.attributes, **made, **payload.metadata}
