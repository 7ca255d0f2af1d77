"""OTLP requests as plain data, read by OpenTelemetry's own messages (`opentelemetry-proto`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Plain = dict[str, Any]


def spans(content: bytes) -> list[Plain]:
    """Return each span of a binary request, with its resource and the name of its scope."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest.FromString(content)
    return [
        {"resource": _attributes(group.resource.attributes), "scope": scope.scope.name,
         **_span(span)}
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]  # fmt: skip


def _span(span: Any) -> Plain:
    return {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex(),
        "name": span.name,
        "kind": span.kind,
        "start": span.start_time_unix_nano,
        "end": span.end_time_unix_nano,
        "status": {"code": span.status.code, "message": span.status.message},
        "attributes": _attributes(span.attributes),
        "events": [
            {"name": event.name, "time": event.time_unix_nano,
             "attributes": _attributes(event.attributes)}
            for event in span.events
        ],
    }  # fmt: skip


def _attributes(pairs: Iterable[Any]) -> Plain:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind) if kind else None
