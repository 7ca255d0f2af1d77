"""OTLP over HTTP, as binary protobuf or JSON; and `otlp_exporter`, for every backend that takes it.

Source: the OTLP specification 1.x, section OTLP/HTTP.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from llmlog import Delivered, HTTPExporter, Limits, Outcome, Payload, Rejected, Reply, Request
from llmlog.delivery.outcome import RETRYABLE_STATUSES
from llmlog.otlp.convention import Attributes, Mapper, gen_ai, span_name
from llmlog.otlp.span import (
    Events,
    Shape,
    export_request,
    resource_attributes,
    span_events,
)

S = TypeVar("S")
Encoding = Literal["protobuf", "json"]
LIMITS = Limits(events=512, bytes=16_000_000)
"""Under the 20 MiB that a collector takes by default; a backend that takes less answers 413."""
FINAL_STATUSES = RETRYABLE_STATUSES - {429, 502, 503, 504}
"""Statuses that others try again, but OTLP says must not be."""


def _no_headers(_: object) -> Mapping[str, str]:
    return {}


def _payloads_own(_: object, payload: Payload) -> Attributes:
    return resource_attributes(payload)


def otlp_exporter(  # noqa: PLR0913  # a declaration: all by name, most have a default
    *,
    name: str,
    settings: type[S],
    endpoint: Callable[[S], str],
    headers: Callable[[S], Mapping[str, str]] = _no_headers,
    attributes: Mapper = gen_ai,
    span_name: Callable[[Payload], str] = span_name,
    resource: Callable[[S, Payload], Attributes] = _payloads_own,
    events: Events = span_events,
    encoding: Encoding = "protobuf",
    limits: Limits | Callable[[S], Limits] = LIMITS,
) -> HTTPExporter[S]:
    """Return an exporter to a backend that takes OTLP over HTTP.

    `endpoint(settings)` is the whole address, path included. `headers(settings)` are sent with
    each request: credentials, tenants. `attributes(payload)` is the vendor's view of a call; start
    from `gen_ai` to add to the conventions: `{**gen_ai(payload), "vendor.team": payload.team_id}`.
    `resource(settings, payload)` describes the program and the place in the backend; start from
    `resource_attributes(payload)`. Values are plain; None is left out, nested ones become JSON
    text. `events(payload)` are what happened within the span; start from `span_events`.
    `encoding` is what the backend reads; protobuf is what all of them do.

    Rejected spans of a partial success, and replies that OTLP calls final, are accounted for. What
    else an exporter can have, such as `sign`, `attrs.evolve` adds to the result.
    """

    def encode(settings: S, batch: Sequence[Payload]) -> Request:
        shape = Shape(
            attributes=attributes, name=span_name, resource=partial(resource, settings),
            events=events,
        )  # fmt: skip
        return otlp_request(
            endpoint(settings), headers(settings), export_request(batch, shape), encoding
        )

    return HTTPExporter(
        name=name, settings=settings, encode=encode, limits=limits,
        read_reply=read_reply, reads=FINAL_STATUSES,
    )  # fmt: skip


def otlp_request(
    url: str, headers: Mapping[str, str], spans: ExportTraceServiceRequest, encoding: Encoding
) -> Request:
    """Return the HTTP request that carries spans."""
    named = {name.lower(): value for name, value in headers.items()}
    if encoding == "json":
        return Request.json(url, otlp_json(spans), named)
    content = spans.SerializeToString(deterministic=True)
    return Request(url, content, {"content-type": "application/x-protobuf", **named})


def otlp_json(spans: ExportTraceServiceRequest) -> dict[str, Any]:
    """Return the OTLP form of JSON: that of protobuf, but hexadecimal ids and numbers for enums."""
    made: dict[str, Any] = MessageToDict(spans, use_integers_for_enums=True)
    for group in made.get("resourceSpans", ()):
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                for key in {"traceId", "spanId", "parentSpanId"} & span.keys():
                    span[key] = base64.b64decode(span[key]).hex()
    return made


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Say what a 200 means: all stored, unless it is a partial success.

    The statuses that OTLP calls final reject the batch.
    """
    if reply.status in FINAL_STATUSES:
        return [Rejected(f"HTTP {reply.status} {reply.excerpt}")] * len(batch)
    try:
        response = _response(reply)
    except (DecodeError, ParseError):
        return None
    return outcomes(response, len(batch)) if response.HasField("partial_success") else None


def _response(reply: Reply) -> ExportTraceServiceResponse:
    """Read the body as what its type says; some servers answer JSON with protobuf."""
    if "json" not in reply.headers.get("content-type", ""):
        return ExportTraceServiceResponse.FromString(reply.content)
    body = reply.json()
    known = body if isinstance(body, dict) else {}
    return ParseDict(known, ExportTraceServiceResponse(), ignore_unknown_fields=True)


def outcomes(response: ExportTraceServiceResponse, events: int) -> list[Outcome]:
    """Return one outcome per event.

    A backend says how many spans it rejected, never which, and they must not be sent again: that
    many are counted as rejected, from the end of the batch.
    """
    partial_success = response.partial_success
    rejected = max(0, min(partial_success.rejected_spans, events))
    reason = f"{rejected} of {events} spans rejected: {partial_success.error_message}"
    delivered: list[Outcome] = [Delivered(partial_success.error_message)] * (events - rejected)
    return [*delivered, *[Rejected(reason)] * rejected]
