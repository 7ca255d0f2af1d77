"""A payload as an event of a project's logs.

Source: `InsertProjectLogsEvent` of the vendor's OpenAPI specification, and the metrics of its SDK.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import chat, choices, present
from llmlog.fact import GIVEN, dollars, rest, title
from llmlog.instant import utc
from llmlog.message import JSON
from llmlog.wording import trouble

TYPES: Mapping[str, str] = {
    "tool": "tool", "retrieval": "function", "guardrail": "function", "agent": "task",
    "chain": "task",
}  # fmt: skip

PLACED = (
    "id", "trace_id", "span_id", "parent_span_id", "ancestor_ids", "name", "timing",
    "input_messages", "output_messages", "input_value", "output_value", "error.stacktrace",
)  # fmt: skip


def event(payload: Payload) -> dict[str, JSON]:
    """Return the event of a call; a row with its id is replaced."""
    parent = payload.parent_span_id
    return present({
        "id": payload.id,
        "created": utc(payload.timing.start_unix_ns).isoformat(),
        "span_id": payload.span_id,
        "root_span_id": payload.trace_id,
        "span_parents": [parent] if parent else None,
        "span_attributes": {
            "name": title(payload),
            "type": TYPES.get(payload.kind, "llm"),
        },
        "input": chat(payload.input_messages) or payload.input_value,
        "output": choices(payload.output_messages) or payload.output_value,
        "error": trouble(payload),
        "tags": None if parent else list(dict.fromkeys(payload.tags)) or None,
        "metadata": _metadata(payload),
        "metrics": _metrics(payload),
    })  # fmt: skip


def _metrics(payload: Payload) -> dict[str, JSON]:
    """Return times in seconds, tokens with the details being part of the sums, and dollars."""
    usage, timing = payload.usage or Usage(), payload.timing
    return present({
        "start": timing.start_unix_ns / 1e9,
        "end": timing.end_unix_ns / 1e9,
        "time_to_first_token": timing.first_token_s,
        "prompt_tokens": usage.total_input_tokens,
        "prompt_cached_tokens": usage.cache_read_tokens,
        "prompt_cache_creation_tokens": usage.cache_write_tokens,
        "prompt_audio_tokens": usage.input_audio_tokens,
        "completion_tokens": usage.total_output_tokens,
        "completion_reasoning_tokens": usage.reasoning_tokens,
        "completion_audio_tokens": usage.output_audio_tokens,
        "tokens": usage.total_tokens,
        "estimated_cost": dollars(payload).total,
    })  # fmt: skip


def _metadata(payload: Payload) -> dict[str, JSON]:
    """Return every fact without a place of its own; parameters and user's keys as they are."""
    made = rest(payload, *PLACED, *GIVEN, *(() if payload.parent_span_id else ("tags",)))
    known = present({"model": payload.model, "provider": payload.provider_name})
    return {**payload.attributes, **payload.parameters, **made, **known, **payload.metadata}
