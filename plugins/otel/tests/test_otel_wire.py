"""The wire form is the one that OpenTelemetry's own SDK makes of the same span."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans as encode_json_spans
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto_json.collector.trace.v1.trace_service import (
    ExportTraceServiceRequest as JSONExportTraceServiceRequest,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind
from opentelemetry.trace.status import Status, StatusCode

from llmlog import Payload
from llmlog.otlp import error_type, gen_ai, resource_attributes, span_name
from llmlog.testing.samples import SAMPLES, sample
from llmlog_otel import Settings, exporter

INTERNAL = ("tool", "agent", "chain", "guardrail")


def _plain(values: Any) -> dict[str, Any]:
    return {name: _flat(value) for name, value in values.items() if value is not None}


def _flat(value: Any) -> Any:
    if isinstance(value, dict) or (isinstance(value, list) and not isinstance(value[0], str)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def _context(payload: Payload, span_id: str) -> SpanContext:
    return SpanContext(int(payload.trace_id, 16), int(span_id, 16), is_remote=False)


def _events(payload: Payload) -> list[Event]:
    error = payload.error
    if error is None:
        return []
    attributes = _plain({
        "exception.type": error.type, "exception.message": error.message,
        "exception.stacktrace": error.stacktrace,
    })  # fmt: skip
    return [Event("exception", attributes, payload.timing.end_unix_ns)]


def _sdk_span(payload: Payload) -> ReadableSpan:
    problem = error_type(payload)
    message = payload.error.message if payload.error else problem
    parent = payload.parent_span_id
    return ReadableSpan(
        name=span_name(payload),
        context=_context(payload, payload.span_id),
        parent=_context(payload, parent) if parent else None,
        resource=Resource({"service.name": "unknown_service",
                           **_plain(resource_attributes(payload))}),
        attributes=_plain(gen_ai(payload)),
        events=_events(payload),
        kind=SpanKind.INTERNAL if payload.kind in INTERNAL else SpanKind.CLIENT,
        status=Status(StatusCode.ERROR, message) if problem else Status(),
        start_time=payload.timing.start_unix_ns,
        end_time=payload.timing.end_unix_ns,
        instrumentation_scope=InstrumentationScope("llmlog", payload.sdk_version or ""),
    )  # fmt: skip


def without_our_events(name: str) -> Payload:
    """Return a sample whose only event is the one that the SDK would make too."""
    return evolve(sample(name), attempts=(), guardrails=())


@pytest.mark.parametrize("name", SAMPLES)
def test_protobuf_is_what_the_sdk_sends(name: str) -> None:
    payload = without_our_events(name)
    expected = encode_spans([_sdk_span(payload)])
    expected.resource_spans[0].scope_spans[0].spans[0].flags = 0
    made = ExportTraceServiceRequest.FromString(exporter.encode(Settings(), [payload]).content)
    made_span, expected_span = (
        request.resource_spans[0].scope_spans[0].spans[0] for request in (made, expected)
    )
    for pairs in (made_span.attributes, expected_span.attributes):
        pairs.sort(key=lambda pair: pair.key)
    assert made == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_json_is_what_the_sdk_sends(name: str) -> None:
    payload = without_our_events(name)
    request = exporter.encode(Settings(protocol="http/json"), [payload])
    assert request.headers["content-type"] == "application/json"
    made = JSONExportTraceServiceRequest.from_json(request.content.decode()).to_dict()
    expected = encode_json_spans([_sdk_span(payload)]).to_dict()
    spans = [item["resourceSpans"][0]["scopeSpans"][0]["spans"][0] for item in (made, expected)]
    for span in spans:
        span.pop("flags", None)
        span["attributes"].sort(key=lambda pair: pair["key"])
    assert made == expected


def test_json_ids_are_hexadecimal() -> None:
    payload = sample("tools")
    body = json.loads(exporter.encode(Settings(protocol="http/json"), [payload]).content)
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    ids = (span["traceId"], span["spanId"], span["parentSpanId"])
    assert ids == (payload.trace_id, payload.span_id, payload.parent_span_id)
    assert span["kind"] == 3
