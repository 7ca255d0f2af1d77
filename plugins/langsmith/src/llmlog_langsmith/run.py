"""A payload as a run.

Source: `RunBase` and the tracers of the vendor's SDK.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmlog import Attempt, Payload
from llmlog.chat import present
from llmlog.message import JSON
from llmlog_langsmith.chat import chat, choices
from llmlog_langsmith.metadata import metadata
from llmlog_langsmith.place import instant, place
from llmlog_langsmith.settings import Settings

TYPES: Mapping[str, str] = {
    "embedding": "embedding", "tool": "tool", "retrieval": "retriever", "agent": "chain",
    "chain": "chain", "guardrail": "chain",
}  # fmt: skip


def run(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return the run of a call."""
    where = place(payload, nested=settings.nested)
    return present({
        "id": where.run_id,
        "trace_id": where.trace_id,
        "parent_run_id": where.parent_run_id,
        "dotted_order": where.dotted_order,
        "name": payload.name or " ".join(filter(None, (payload.kind, payload.model))),
        "run_type": TYPES.get(payload.kind, "llm"),
        "session_name": settings.project,
        "start_time": _time(where.start_unix_ns),
        "end_time": _time(payload.timing.end_unix_ns),
        "tags": list(payload.tags) or None,
        "inputs": {} if settings.hide_inputs else _inputs(payload),
        "outputs": {} if settings.hide_outputs else _outputs(payload) or None,
        "events": list(_events(payload)) or None,
        "extra": {"metadata": {} if settings.without_metadata else metadata(payload)},
        "error": _error(payload),
    })  # fmt: skip


def _inputs(payload: Payload) -> dict[str, JSON]:
    """Return what went in, an empty dict for nothing: LangSmith wants one."""
    talk = {
        "messages": chat(payload.input_messages) or None, "tools": list(payload.tools) or None
    }  # fmt: skip
    return present(talk) | _named("input", payload.input_value)


def _outputs(payload: Payload) -> dict[str, JSON]:
    talk = choices(payload.output_messages)
    return ({"choices": talk} if talk else {}) | _named("output", payload.output_value)


def _named(name: str, value: JSON) -> dict[str, JSON]:
    """Return a value as LangSmith wants it, with a name for what is no dict."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else {name: value}


def _events(payload: Payload) -> Iterator[JSON]:
    """Yield the first token, which gives LangSmith its time, and the attempts."""
    first_ns = payload.timing.time_to_first_token_ns
    if first_ns is not None:
        yield {"name": "new_token", "time": _time(payload.timing.start_unix_ns + first_ns)}
    for attempt in payload.attempts:
        yield _attempt(attempt)


def _attempt(attempt: Attempt) -> JSON:
    error, start_ns = attempt.error, attempt.start_unix_ns
    details = {
        "number": attempt.number, "status": attempt.status, "model": attempt.model,
        "provider": attempt.provider_name, "error": error and f"{error.type}: {error.message}",
    }  # fmt: skip
    return present({
        "name": "attempt" if attempt.reason == "first" else attempt.reason,
        "time": None if start_ns is None else _time(start_ns),
        "kwargs": present(details),
    })  # fmt: skip


def _error(payload: Payload) -> str | None:
    """Return why the call failed; the bare status if nobody said."""
    error = payload.error
    if error is None:
        return payload.status if payload.failed else None
    words = f"{error.type}: {error.message}"
    return f"{words}\n\n{error.stacktrace}" if error.stacktrace else words


def _time(unix_ns: int) -> str:
    return instant(unix_ns).isoformat(timespec="microseconds")
