"""Store LLM calls in Google Cloud Storage, as partitioned JSON lines.

https://cloud.google.com/storage/docs/json_api/v1/objects/insert
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen

from llmlog import Delivered, HTTPExporter, Limits, Payload, Reply, Request, env
from llmlog.google import authorized
from llmlog.layout import body, content_type, medium, medium_type, name

__all__ = ["MediaStore", "Settings", "encode", "exporter", "read_reply", "sign"]

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
    packed = settings.gzip
    whole = name(batch, settings.prefix, packed=packed)
    return put(settings, whole, body(batch, packed=packed), content_type(packed=packed))


def put(settings: Settings, whole: str, content: bytes, kind: str) -> Request:
    """Return the request that makes an object of a name, unless there is one."""
    query = {"uploadType": "media", "name": whole, "ifGenerationMatch": "0"}
    path = f"/upload/storage/v1/b/{quote(settings.bucket, safe='')}/o?{urlencode(query)}"
    return Request(settings.endpoint.rstrip("/") + path, content, {"content-type": kind})


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


@frozen(eq=False)
class MediaStore:
    """Objects of a bucket, named by their content: what is there already stays."""

    settings: Settings
    http: Any

    def put(self, content: bytes, name: str) -> str:
        """Store an image, a sound or a file; return its address."""
        whole = medium(name, self.settings.prefix)
        made = sign(self.settings, put(self.settings, whole, content, medium_type(name)), 0.0)
        reply = self.http.post(made.url, content=made.content, headers=dict(made.headers))
        if reply.status_code != _THERE_ALREADY:
            reply.raise_for_status()
        return f"gs://{self.settings.bucket}/{whole}"

    def close(self) -> None:
        """Let go of connections."""
        self.http.close()


def open_store(settings: Settings) -> MediaStore:
    """Return the store of these settings; it connects at its first request."""
    import httpx

    return MediaStore(settings, httpx.Client(timeout=60.0))


exporter = HTTPExporter(
    name="gcs",
    settings=Settings,
    encode=encode,
    sign=sign,
    read_reply=read_reply,
    reads=frozenset({_THERE_ALREADY}),
    limits=Limits(events=5_000, bytes=16_000_000, age_s=10.0, timeout_s=60.0, gzip=False),
    store=open_store,
)
