"""A payload as Opik's span, and an outermost one as a trace too.

Ids are the records' own: they are UUIDv7, as Opik demands, and equal when a record comes again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from llmlog import Payload, Usage
from llmlog.chat import chat, choices, present
from llmlog.fact import CONTENT, dollars, rest, title, usage_sums
from llmlog.instant import iso
from llmlog.message import JSON

TYPES: Mapping[str, str] = {
    "tool": "tool", "retrieval": "tool", "agent": "general", "chain": "general",
    "guardrail": "guardrail",
}  # fmt: skip
PROVIDERS: Mapping[str, str] = {
    "gcp.vertex_ai": "google_vertexai", "gcp.gemini": "google_ai", "gcp.gen_ai": "google_ai",
    "aws.bedrock": "bedrock", "mistral_ai": "mistral",
}  # fmt: skip
PLACED = ("id", "ancestor_ids", "name", "timing", "usage", "tags", "metadata", "attributes",
          "error.stacktrace")  # fmt: skip
_WEEK_MS = 7 * 24 * 3600 * 1000


def is_root(payload: Payload) -> bool:
    """Say whether no call is known above this one."""
    return len(_path(payload)) == 1


def trace(payload: Payload) -> dict[str, JSON]:
    """Return the trace that an outermost call stands for."""
    return {**_common(payload), "id": payload.id, **present({"thread_id": payload.session_id})}


def span(payload: Payload) -> dict[str, JSON]:
    """Return the span of a call."""
    path, provider = _path(payload), payload.provider_name
    return {**_common(payload), **present({
        "id": payload.id,
        "trace_id": path[0],
        "parent_span_id": path[-2] if len(path) > 1 else None,
        "type": TYPES.get(payload.kind, "llm"),
        "model": payload.model,
        "provider": PROVIDERS.get(provider, provider) if provider else None,
        "usage": dict(_usage(payload.usage or Usage())) or None,
        "total_estimated_cost": dollars(payload).total,
    })}  # fmt: skip


def _path(payload: Payload) -> list[str]:
    """Return the ids of the calls from the outermost one down to this one.

    A trace that came from another process is that of llmlog's if its id is a UUIDv7 of about
    this time; another tracer's root never comes here, and the outermost known call stands for it.
    """
    known = [*payload.ancestor_ids, payload.id]
    root = UUID(payload.trace_id)
    if payload.parent_span_id is None or str(root) in known:
        return known
    start_ms = payload.timing.start_unix_ns // 1_000_000
    ours = root.version == 7 and abs((root.int >> 80) - start_ms) < _WEEK_MS  # noqa: PLR2004
    return [str(root), *known] if ours else known


def _common(payload: Payload) -> dict[str, JSON]:
    return present({
        "name": title(payload),
        "start_time": iso(payload.timing.start_unix_ns),
        "end_time": iso(payload.timing.end_unix_ns),
        "input": _input(payload) or None, "output": _output(payload) or None,
        "metadata": _metadata(payload), "tags": list(dict.fromkeys(payload.tags)) or None,
        "error_info": _error(payload),
        "ttft": payload.timing.first_token_ms,
        "environment": payload.environment,
    })  # fmt: skip


def _input(payload: Payload) -> dict[str, JSON]:
    talk = {"messages": chat(payload.input_messages) or None, "tools": list(payload.tools) or None}
    return present(talk) | _named("input", payload.input_value)


def _output(payload: Payload) -> dict[str, JSON]:
    """Return the answers as choices, the form that Opik shows as a conversation."""
    answers = present({"choices": choices(payload.output_messages) or None})
    return answers | _named("output", payload.output_value)


def _named(name: str, value: JSON) -> dict[str, JSON]:
    return {} if value is None else value if isinstance(value, dict) else {name: value}


def _usage(usage: Usage) -> Iterator[tuple[str, int]]:
    """Yield the sums, and the provider's own numbers, from which Opik reckons a missing cost."""
    yield from present(usage_sums(usage)).items()
    details = {
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
    yield from _numbers("original_usage", {**details, **(usage.raw or {})})


def _numbers(path: str, values: Mapping[str, JSON]) -> Iterator[tuple[str, int]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(f"{path}.{name}", value)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"{path}.{name}", value


def _error(payload: Payload) -> JSON:
    """Return why a call failed; Opik wants a stack trace, which may be empty."""
    error = payload.error
    if error is None:
        return {"exception_type": payload.status, "traceback": ""} if payload.failed else None
    said = {"exception_type": error.type, "message": error.message}
    return {**said, "traceback": error.stacktrace or ""}


def _metadata(payload: Payload) -> dict[str, JSON]:
    """Return every field that has no place of its own; the user's own keys come last."""
    made = rest(payload, *CONTENT, *PLACED)
    return {**payload.attributes, **made, **payload.metadata}
