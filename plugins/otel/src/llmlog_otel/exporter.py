"""The exporter `otel`: over HTTP, or over gRPC where the settings say so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from ssl import SSLContext, create_default_context

from attrs import evolve

from llmlog import ClientExporter, HTTPExporter, Limits, Payload, Request
from llmlog.exporter import AT_ONCE
from llmlog.otlp import Attributes, mapper
from llmlog.otlp.http import FINAL_STATUSES, LIMITS, Encoding, otlp_request, read_reply
from llmlog.otlp.span import Shape, export_request, resource_attributes
from llmlog_otel.grpc import GrpcSender, connect
from llmlog_otel.settings import Settings

_GRPC_BYTES = 4_000_000
"""Under the 4 MiB of a message that a gRPC server takes by default."""


def shape_of(settings: Settings) -> Shape:
    """Return how a span looks under these settings."""
    return Shape(
        attributes=mapper(settings.conventions),
        resource=partial(_resource, settings),
    )


def _resource(settings: Settings, payload: Payload) -> Attributes:
    """Return what the record says of its program, else what the settings say."""
    own = {name: value for name, value in resource_attributes(payload).items() if value is not None}
    return {**settings.resource, **own}


def limits_of(settings: Settings) -> Limits:
    """Return the limits, with the user's time and compression.

    Spans come in any order, and each requester has a channel of its own: so many as over HTTP.
    """
    largest = _GRPC_BYTES if settings.protocol == "grpc" else LIMITS.bytes
    gzip = settings.compression == "gzip"
    return evolve(LIMITS, bytes=largest, timeout_s=settings.timeout_s, gzip=gzip,
                  concurrency=AT_ONCE)  # fmt: skip


def tls_of(settings: Settings) -> SSLContext | None:
    """Return the certificates that the settings name, None for the system's."""
    trusted, own = settings.certificate, settings.client_certificate
    if trusted is None and own is None:
        return None
    context = create_default_context(cafile=trusted)
    if own is not None:
        context.load_cert_chain(own, settings.client_key)
    return context


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Return the HTTP request for a batch."""
    spans = export_request(batch, shape_of(settings))
    encoding: Encoding = "json" if settings.protocol == "http/json" else "protobuf"
    return otlp_request(settings.url, settings.sent_headers, spans, encoding)


def _open(settings: Settings) -> GrpcSender:
    return connect(settings, shape_of(settings))


grpc_exporter = ClientExporter(
    name="otel",
    settings=Settings,
    connect=_open,
    send=lambda sender, _, batch: sender.send(batch),
    close=GrpcSender.close,
    limits=limits_of,
)

exporter = HTTPExporter(
    name="otel",
    settings=Settings,
    encode=encode,
    limits=limits_of,
    read_reply=read_reply,
    reads=FINAL_STATUSES,
    tls=tls_of,
    instead=lambda settings: grpc_exporter if settings.protocol == "grpc" else None,
)
