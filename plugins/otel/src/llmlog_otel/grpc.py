"""OTLP over gRPC, with grpcio.

Source: the OTLP specification 1.x, section OTLP/gRPC, for the codes that may be tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import frozen
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from llmlog import Payload, PluginError, Rejected, Retryable
from llmlog.delivery.outcome import Refused, TooLarge, Verdict
from llmlog.delivery.sender import Answer
from llmlog.otlp.http import outcomes
from llmlog.otlp.span import Shape, export_request
from llmlog_otel.settings import Settings

if TYPE_CHECKING:
    import grpc

_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRYABLE = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)
_REFUSED = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "NOT_FOUND"})


@frozen
class GrpcSender:
    """An open channel to a collector."""

    channel: grpc.Channel
    export: Callable[..., ExportTraceServiceResponse]
    settings: Settings
    shape: Shape

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Send a batch; return one verdict for it, or one outcome per event."""
        import grpc

        try:
            response = self.export(
                export_request(batch, self.shape),
                timeout=self.settings.timeout_s,
                metadata=tuple(self.settings.sent_headers.items()),
            )
        except grpc.RpcError as problem:
            return verdict(problem)
        return outcomes(response, len(batch))

    def close(self) -> None:
        """Close the channel."""
        self.channel.close()


def connect(settings: Settings, shape: Shape) -> GrpcSender:
    """Open a channel; raise `PluginError` without grpcio."""
    try:
        import grpc
    except ImportError:
        message = "otel: protocol grpc needs grpcio: pip install 'llmlog-otel[grpc]'"
        raise PluginError(message) from None
    gzip = settings.compression == "gzip"
    target, secure = _target(settings)
    options: dict[str, Any] = {
        "compression": grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression
    }
    channel = (
        grpc.secure_channel(target, _credentials(settings), **options)
        if secure else grpc.insecure_channel(target, **options)
    )  # fmt: skip
    export = channel.unary_unary(
        _METHOD,
        request_serializer=ExportTraceServiceRequest.SerializeToString,
        response_deserializer=ExportTraceServiceResponse.FromString,
    )
    return GrpcSender(channel, export, settings, shape)


def _target(settings: Settings) -> tuple[str, bool]:
    """Return `host:port`, and whether it speaks TLS: the scheme says so, else `insecure`."""
    parts = urlsplit(settings.url)
    if parts.scheme in ("http", "https") and parts.netloc:
        return parts.netloc, parts.scheme == "https"
    return settings.url, not settings.insecure


def _credentials(settings: Settings) -> grpc.ChannelCredentials:
    import grpc

    def content(path: Path | None) -> bytes | None:
        return path.read_bytes() if path else None

    return grpc.ssl_channel_credentials(
        root_certificates=content(settings.certificate),
        private_key=content(settings.client_key),
        certificate_chain=content(settings.client_certificate),
    )


def verdict(problem: grpc.RpcError) -> Verdict:
    """Say what a failed call means for the batch."""
    code, details = problem.code().name, problem.details() or ""
    reason = f"gRPC {code} {details}".strip()[:500]
    if code in _RETRYABLE:
        return Retryable(reason, retry_after_s(problem))
    if code == "RESOURCE_EXHAUSTED":
        return _exhausted(reason, retry_after_s(problem))
    return Refused(reason) if code in _REFUSED else Rejected(reason)


def _exhausted(reason: str, after_s: float | None) -> Verdict:
    """Tell a message over the limit from a server that asks for patience."""
    if "larger than max" in reason:
        return TooLarge(reason)
    return Rejected(reason) if after_s is None else Retryable(reason, after_s)


def retry_after_s(problem: grpc.RpcError) -> float | None:
    """Return the seconds of a `RetryInfo` in the status details."""
    from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
    from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

    info = RetryInfo()
    metadata: Any = problem.trailing_metadata()
    for key, value in metadata or ():
        if key == "grpc-status-details-bin":
            for detail in Status.FromString(value).details:
                if detail.Unpack(info):
                    return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None
