"""Payloads as OTLP spans: one call, one span.

Attempts, guardrails and the exception are events of that span, so that the number of spans is
the number of calls and a backend counts no token twice. Ids are the payload's own, so that a
batch that is sent again has equal ids and equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from attrs import frozen
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from llmlog import Attempt, Guardrail, Payload
from llmlog.encoding import dumps
from llmlog.otlp.attribute import put
from llmlog.otlp.convention import Attributes, Mapper, error_type, gen_ai, span_name

_INTERNAL = frozenset({"tool", "agent", "chain", "guardrail"})


def resource_attributes(payload: Payload) -> Attributes:
    """Return what the program says of itself, as resource attributes."""
    return {
        "service.name": payload.service_name,
        "service.version": payload.release,
        "deployment.environment.name": payload.environment,
        "host.name": payload.host_name,
        "telemetry.sdk.name": "llmlog",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": payload.sdk_version,
    }


Event = tuple[str, int, Attributes]
"""Name, time in nanoseconds since 1970, attributes."""

Events = Callable[[Payload], Iterable[Event]]


def span_events(payload: Payload) -> Iterator[Event]:
    """Yield the attempts if there were several, guardrails, and the exception."""
    timing = payload.timing
    if len(payload.attempts) > 1:
        for attempt in payload.attempts:
            start_unix_ns = attempt.start_unix_ns or timing.start_unix_ns
            yield "llmlog.attempt", start_unix_ns, _attempt(attempt)
    for guardrail in payload.guardrails:
        yield "llmlog.guardrail", timing.start_unix_ns, _guardrail(guardrail)
    if payload.error is not None:
        yield "exception", timing.end_unix_ns, {
            "exception.type": payload.error.type,
            "exception.message": payload.error.message,
            "exception.stacktrace": payload.error.stacktrace,
        }  # fmt: skip


@frozen(kw_only=True)
class Shape:
    """What a span says and how it is called; the rest is the same for every backend."""

    attributes: Mapper = gen_ai
    name: Callable[[Payload], str] = span_name
    resource: Mapper = resource_attributes
    events: Events = span_events


def export_request(batch: Sequence[Payload], shape: Shape) -> ExportTraceServiceRequest:
    """Return the spans of a batch, those of one resource together."""
    request = ExportTraceServiceRequest()
    groups: dict[bytes, ScopeSpans] = {}
    for payload in batch:
        resource = {"service.name": "unknown_service", **_present(shape.resource(payload))}
        key = dumps(resource)
        if key not in groups:
            group = request.resource_spans.add()
            put(group.resource.attributes, resource)
            groups[key] = group.scope_spans.add()
            groups[key].scope.name = "llmlog"
            groups[key].scope.version = payload.sdk_version or ""
        _fill(groups[key].spans.add(), payload, shape)
    return request


def _present(attributes: Attributes) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


def _fill(span: Span, payload: Payload, shape: Shape) -> None:
    span.trace_id = identifier(payload.trace_id, 16)
    span.span_id = identifier(payload.span_id, 8)
    if payload.parent_span_id:
        span.parent_span_id = identifier(payload.parent_span_id, 8)
    span.name = shape.name(payload)
    internal = payload.kind in _INTERNAL
    span.kind = Span.SPAN_KIND_INTERNAL if internal else Span.SPAN_KIND_CLIENT
    span.start_time_unix_nano = payload.timing.start_unix_ns
    span.end_time_unix_nano = payload.timing.end_unix_ns
    put(span.attributes, shape.attributes(payload))
    for name, time_unix_ns, attributes in shape.events(payload):
        event = span.events.add(name=name, time_unix_nano=time_unix_ns)
        put(event.attributes, attributes)
    span.status.SetInParent()
    if (problem := error_type(payload)) is not None:
        span.status.code = Status.STATUS_CODE_ERROR
        span.status.message = payload.error.message if payload.error else problem


def identifier(text: str, size: int) -> bytes:
    """Return an id of `size` bytes: the digits it is written in, else a digest of the text."""
    try:
        made = bytes.fromhex(text)
    except ValueError:
        made = b""
    return made if len(made) == size and any(made) else sha256(text.encode()).digest()[:size]


def _attempt(attempt: Attempt) -> Attributes:
    error = attempt.error
    return {
        "llmlog.attempt.number": attempt.number,
        "llmlog.attempt.reason": attempt.reason,
        "llmlog.attempt.status": attempt.status,
        "llmlog.attempt.duration_s": _duration_s(attempt),
        "gen_ai.provider.name": attempt.provider_name,
        "gen_ai.request.model": attempt.model,
        "server.address": attempt.server_address,
        "error.type": error.type if error else None,
        "exception.message": error.message if error else None,
        "http.response.status_code": error.status_code if error else None,
    }


def _duration_s(attempt: Attempt) -> float | None:
    if attempt.start_unix_ns is None or attempt.end_unix_ns is None:
        return None
    return (attempt.end_unix_ns - attempt.start_unix_ns) / 1e9


def _guardrail(guardrail: Guardrail) -> Attributes:
    duration_ns = guardrail.duration_ns
    return {
        "llmlog.guardrail.name": guardrail.name,
        "llmlog.guardrail.verdict": guardrail.verdict,
        "llmlog.guardrail.provider": guardrail.provider,
        "llmlog.guardrail.reason": guardrail.reason,
        "llmlog.guardrail.duration_s": None if duration_ns is None else duration_ns / 1e9,
    }
