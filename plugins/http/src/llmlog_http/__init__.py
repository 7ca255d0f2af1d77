"""Post LLM calls to an endpoint of your own, signed if you want, as JSON in one of three shapes.

https://www.standardwebhooks.com and https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from attrs import evolve

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog.message import JSON
from llmlog.schema import to_dict
from llmlog_http.settings import Settings
from llmlog_http.signature import signature

__all__ = ["Settings", "encode", "exporter", "limits", "sign"]


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one body of the batch; the key is equal for equal events."""
    values = [_chosen(settings, payload) for payload in batch]
    headers = {**settings.sent_headers, "idempotency-key": _key(batch)}
    if settings.format == "ndjson":
        request = Request.ndjson(settings.url, values, headers)
    else:
        single = settings.format == "single" and len(values) == 1
        request = Request.json(settings.url, values[0] if single else values, headers)
    return evolve(request, method=settings.method)


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add the headers of Standard Webhooks, with one signature for each secret."""
    if not settings.signing_keys:
        return request
    message_id, timestamp = request.headers["idempotency-key"], str(int(now_unix_s))
    signatures = [
        signature(key, message_id, timestamp, request.content) for key in settings.signing_keys
    ]
    return request.with_headers({
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    })  # fmt: skip


def limits(settings: Settings) -> Limits:
    """Return how much one request holds."""
    events = 1 if settings.format == "single" else 500
    return Limits(events=events, bytes=settings.max_bytes, gzip=settings.gzip)


def _chosen(settings: Settings, payload: Payload) -> JSON:
    """Return the fields that are wanted; what identifies a record is always one of them."""
    if not settings.fields:
        return payload
    value = to_dict(payload)
    wanted = {"schema_version", "id", *settings.fields}
    return {name: value[name] for name in value if name in wanted}


def _key(batch: Sequence[Payload]) -> str:
    return sha256("\n".join(payload.id for payload in batch).encode()).hexdigest()[:32]


exporter = HTTPExporter(name="http", settings=Settings, encode=encode, sign=sign, limits=limits)
