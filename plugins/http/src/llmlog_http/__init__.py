"""Post LLM calls to an endpoint of your own, signed if you want, as JSON in one of three shapes.

https://www.standardwebhooks.com and https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from attrs import evolve, fields, frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.check import among, http_url
from llmlog.header import bearer, check_pairs, check_value, header_pairs
from llmlog.layout import batch_id
from llmlog.message import JSON
from llmlog.schema import to_dict
from llmlog.webhook import signed, signing_keys

__all__ = ["Settings", "encode", "exporter", "limits", "sign"]

FIELDS = tuple(item.name for item in fields(Payload))


@frozen
class Settings:
    """One endpoint."""

    url: str = env("LLMLOG_HTTP_URL", check=http_url, help="address that takes the records")
    format: Literal["json_array", "ndjson", "single"] = env(
        default="json_array", help="single sends one record per request"
    )
    method: Literal["POST", "PUT"] = env(default="POST", help="HTTP method")
    token: Secret | None = env(
        default=None, check=check_value, help="sent as Authorization: Bearer"
    )
    headers: Secret | None = env(
        default=None, check=check_pairs,
        help="more headers: name=value,name=value; percent-encoded",
    )  # fmt: skip
    signing_secret: Secret | None = env(
        default=None, check=signing_keys,
        help="whsec_... of Standard Webhooks; several with spaces between, to change them",
    )  # fmt: skip
    gzip: bool = env(default=False, help="compress bodies of 1 KiB and more")
    fields: tuple[str, ...] = env(
        default=(), check=among(FIELDS), help="fields of a record to send; none named: all"
    )
    max_bytes: int = env(default=1_000_000, help="bytes per request, uncompressed")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one body of the batch; the key is equal for equal events."""
    values: list[JSON] = list(batch)
    if settings.fields:
        wanted = {"schema_version", "id", *settings.fields}
        values = [_chosen(payload, wanted) for payload in batch]
    token = {"authorization": bearer(settings.token)} if settings.token else {}
    headers = {**dict(header_pairs(settings.headers)), **token, "idempotency-key": batch_id(batch)}
    if settings.format == "ndjson":
        request = Request.ndjson(settings.url, values, headers)
    else:
        single = settings.format == "single" and len(values) == 1
        request = Request.json(settings.url, values[0] if single else values, headers)
    return evolve(request, method=settings.method)


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add the headers of Standard Webhooks, with one signature for each secret."""
    message_id = request.headers["idempotency-key"]
    return signed(request, settings.signing_secret, message_id, now_unix_s)


def limits(settings: Settings) -> Limits:
    """Return how much one request holds."""
    events = 1 if settings.format == "single" else 500
    return Limits(events=events, bytes=settings.max_bytes, gzip=settings.gzip)


def _chosen(payload: Payload, wanted: Collection[str]) -> JSON:
    """Return the fields that are wanted; what identifies a record is always one of them."""
    return {name: value for name, value in to_dict(payload).items() if name in wanted}


exporter = HTTPExporter(name="http", settings=Settings, encode=encode, sign=sign, limits=limits)
