"""A payload as a document, with the names of the Elastic Common Schema where it has one.

An index gives each field one type, that of the first document. So what may be of any shape is text:
conversations, values, tools and parameters are JSON text, and metadata are `labels`, as in ECS.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload
from llmlog.chat import present, text_of
from llmlog.encoding import dumps_text
from llmlog.fact import level
from llmlog.instant import iso
from llmlog.message import JSON
from llmlog.naming import renamed
from llmlog.schema import to_dict
from llmlog.sums import TOTALS
from llmlog.wording import headline

_TEXTS = (
    "input_messages", "output_messages", "input_value", "output_value", "tools", "parameters",
    "attributes", "rate_limit", "attempts", "guardrails", "changes",
)  # fmt: skip
_ELSEWHERE = ("metadata", "error", "tags", "host_name", "service_name", "environment", "release")


def document(payload: Payload) -> dict[str, JSON]:
    """Return the document of a call."""
    start = iso(payload.timing.start_unix_ns, "milliseconds")
    return present({
        "@timestamp": start,
        "message": headline(payload),
        "event": present({
            "id": payload.id, "kind": "event", "dataset": "llmlog", "action": payload.kind,
            "outcome": "failure" if payload.failed else "success",
            "start": start, "end": iso(payload.timing.end_unix_ns, "milliseconds"),
            "duration": payload.timing.duration_ns,
        }),
        "log": {"level": level(payload)},
        "trace": {"id": payload.trace_id},
        "span": {"id": payload.span_id},
        "parent": payload.parent_span_id and {"id": payload.parent_span_id},
        "service": _inner(name=payload.service_name, environment=payload.environment,
                          version=payload.release),
        "host": _inner(name=payload.host_name),
        "user": _inner(id=payload.user_id),
        "error": _error(payload),
        "tags": list(payload.tags) or None,
        "labels": _labels(payload.metadata) or None,
        "llm": _record(payload),
    })  # fmt: skip


def _inner(**fields: str | None) -> dict[str, JSON] | None:
    return {name: value for name, value in fields.items() if value} or None


def _error(payload: Payload) -> JSON:
    error = payload.error
    return error and present({
        "type": error.type, "message": error.message, "code": error.code,
        "stack_trace": error.stacktrace, "id": error.request_id,
    })  # fmt: skip


def _labels(metadata: Mapping[str, JSON]) -> dict[str, str]:
    """Return metadata as ECS has it: texts, and names without dots."""
    named = ((name.strip(" .").replace(".", "_"), value) for name, value in metadata.items())
    return {name: text_of(value) for name, value in named if name and value is not None}


def _record(payload: Payload) -> dict[str, JSON]:
    """Return the record, with its sums, and with JSON text for what has no one shape."""
    made = {name: value for name, value in to_dict(payload).items() if name not in _ELSEWHERE}
    made |= {name: text_of(made[name]) for name in _TEXTS if name in made}
    usage = payload.usage
    if usage is not None:
        raw = {"raw": dumps_text(dict(usage.raw))} if usage.raw else {}
        made["usage"] = {**made.get("usage", {}), **raw, **renamed(usage, TOTALS)}
    model, reasons = payload.model, list(payload.finish_reasons)
    status_code = payload.error and payload.error.status_code
    return made | present(
        {"model": model, "finish_reasons": reasons or None, "error_status_code": status_code}
    )
