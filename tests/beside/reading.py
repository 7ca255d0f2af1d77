"""Bodies as text, whatever they are wrapped in."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SIGNALS: dict[str, type[Message]] = {
    "logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest,
}  # fmt: skip
_WRAPPED = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")


def readable(body: bytes, encoding: str = "", path: str = "", kind: str = "") -> str:
    """Return what a body says: unpacked, decoded, and what is wrapped in base64 beside it."""
    body = _unpacked(body, encoding)
    if "protobuf" in kind:
        return _spans(body, path)
    if "urlencoded" in kind:
        body = unquote_to_bytes(body.replace(b"+", b" "))
    return (body + b"".join(_wrapped(body))).decode(errors="replace").replace('\\"', '"')


def _unpacked(body: bytes, encoding: str) -> bytes:
    if "aws-chunked" in encoding:
        body = b"".join(_chunks(body))
    if body.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=io.BytesIO(body)).read()
    return zlib.decompress(body) if encoding == "deflate" else body


def _chunks(body: bytes) -> Iterator[bytes]:
    """Yield the pieces that one of Amazon's clients makes of a body."""
    while body:
        head, _, body = body.partition(b"\r\n")
        size = int(head.partition(b";")[0] or b"0", 16)
        if not size:
            return
        yield body[:size]
        body = body[size + 2 :]


def _spans(body: bytes, path: str) -> str:
    signal = next((each for name, each in SIGNALS.items() if name in path),
                  ExportTraceServiceRequest)  # fmt: skip
    made = signal()
    try:
        made.ParseFromString(body)
    except DecodeError:
        return body.decode(errors="replace")
    return MessageToJson(made, ensure_ascii=False).replace('\\"', '"')


def _wrapped(body: bytes) -> list[bytes]:
    found = []
    for text in _WRAPPED.findall(body):
        try:
            found.append(_unpacked(base64.b64decode(text), ""))
        except (binascii.Error, OSError, EOFError):
            continue
    return found
