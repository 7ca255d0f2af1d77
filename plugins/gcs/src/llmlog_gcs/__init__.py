"""Store LLM calls in Google Cloud Storage, as partitioned JSON lines.

https://cloud.google.com/storage/docs/json_api/v1/objects/insert
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from attrs import frozen

from llmlog import Delivered, HTTPExporter, Limits, Payload, Reply, Request, env
from llmlog.google import authorized
from llmlog.layout import File, MediaStore, file_of

if TYPE_CHECKING:
    import httpx

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
    return insertion(settings, file_of(batch, settings.prefix, packed=settings.gzip))


def insertion(settings: Settings, file: File) -> Request:
    """Return the request that makes an object, unless there is one of that name."""
    query = {"uploadType": "media", "name": file.name, "ifGenerationMatch": "0"}
    path = f"/upload/storage/v1/b/{quote(settings.bucket, safe='')}/o?{urlencode(query)}"
    return Request(settings.endpoint.rstrip("/") + path, file.content, {"content-type": file.type})


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


def put(http: httpx.Client, settings: Settings, file: File) -> str:
    """Store a file as an object; return its address."""
    made = sign(settings, insertion(settings, file), 0.0)
    reply = http.post(made.url, content=made.content, headers=dict(made.headers))
    if reply.status_code != _THERE_ALREADY:
        reply.raise_for_status()
    return f"gs://{settings.bucket}/{file.name}"


def open_store(settings: Settings) -> MediaStore:
    """Return the store of media in this bucket; it connects at its first request."""
    import httpx

    http = httpx.Client(timeout=60.0)
    return MediaStore(partial(put, http, settings), settings.prefix, http.close)


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
