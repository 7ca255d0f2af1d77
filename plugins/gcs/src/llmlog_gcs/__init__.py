"""Store LLM calls in Google Cloud Storage, as partitioned JSON lines.

https://cloud.google.com/storage/docs/json_api/v1/objects/insert
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from attrs import frozen

from llmlog import Delivered, HTTPExporter, Limits, Payload, Reply, Request, env
from llmlog.google import authorized
from llmlog.layout import body, content_type, name

__all__ = ["Settings", "encode", "exporter", "read_reply", "sign"]

_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"

_THERE_ALREADY = 412


@frozen(kw_only=True)
class Settings:
    """Which bucket, and as whom."""

    bucket: str = env("LLMLOG_GCS_BUCKET", help="name of the bucket, which must exist")
    prefix: str = env(default="llmlog", help="first folders of each name")
    gzip: bool = env(default=True, help="false stores .jsonl, uncompressed")
    credentials_file: str | None = env(
        default=None, help="key of a service account, in place of Google's own search"
    )
    endpoint: str = env(
        "STORAGE_EMULATOR_HOST", default="https://storage.googleapis.com", help="of the JSON API"
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one object of a batch, unless it is there already."""
    query = {
        "uploadType": "media",
        "name": name(batch, settings.prefix, packed=settings.gzip),
        "ifGenerationMatch": "0",
    }
    path = f"/upload/storage/v1/b/{quote(settings.bucket, safe='')}/o?{urlencode(query)}"
    headers = {"content-type": content_type(packed=settings.gzip)}
    return Request(settings.endpoint.rstrip("/") + path, body(batch, packed=settings.gzip), headers)


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add a token, unless the endpoint is an emulator."""
    del now_unix_s
    if settings.credentials_file is None and settings.endpoint.startswith("http://"):
        return request
    return authorized(request, settings.credentials_file, _SCOPE)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Delivered | None:
    """Take an object that is there already, with the same ids, for this one."""
    del batch
    return Delivered("was there already") if reply.status == _THERE_ALREADY else None


exporter = HTTPExporter(
    name="gcs",
    settings=Settings,
    encode=encode,
    sign=sign,
    read_reply=read_reply,
    reads=frozenset({_THERE_ALREADY}),
    limits=Limits(events=5_000, bytes=16_000_000, age_s=10.0, timeout_s=60.0, gzip=False),
)
