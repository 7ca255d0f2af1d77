"""Store LLM calls in Azure Blob Storage, as partitioned JSON lines.

https://learn.microsoft.com/rest/api/storageservices/put-blob
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import frozen
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient, ContentSettings

from llmlog import ClientExporter, Delivered, Limits, Payload, Refused, Retryable, Secret, env
from llmlog.delivery.outcome import RETRYABLE_STATUSES, TooLarge, Verdict
from llmlog.layout import File, MediaStore, file_of

__all__ = ["Settings", "connect", "exporter", "send"]

_TOO_LARGE = 413


@frozen(kw_only=True)
class Settings:
    """Which container of which account, and as whom."""

    container: str = env("LLMLOG_AZURE_BLOB_CONTAINER", help="name of it; it must exist")
    prefix: str = env(default="llmlog", help="first folders of each name")
    gzip: bool = env(default=True, help="false stores .jsonl, uncompressed")
    connection_string: Secret | None = env(
        "AZURE_STORAGE_CONNECTION_STRING", default=None, help="account, key and endpoint in one"
    )
    account_url: str | None = env(
        default=None, help="https://<account>.blob.core.windows.net, in place of it, with Entra ID"
    )
    timeout_s: float = env(default=30.0, help="seconds to wait for an answer")

    def __attrs_post_init__(self) -> None:
        """Refuse what names no account or two, and signatures, which addresses would show."""
        text = self.connection_string.reveal() if self.connection_string else ""
        if bool(text) == bool(self.account_url):
            message = "set connection_string (AZURE_STORAGE_CONNECTION_STRING) or account_url"
            raise ValueError(message)
        if "sharedaccesssignature=" in text.lower() or "?" in (self.account_url or ""):
            message = "a signature travels in addresses, which logs show: use a key or Entra ID"
            raise ValueError(message)


def connect(settings: Settings) -> ContainerClient:
    """Make a client of the container; it connects at its first request."""
    options: dict[str, Any] = {
        "retry_total": 0,  # the lane tries again, and knows for how long
        "connection_timeout": 5,
        "read_timeout": settings.timeout_s,
        "user_agent": "llmlog-azure-blob",
    }
    if settings.connection_string:
        text = settings.connection_string.reveal()
        service = BlobServiceClient.from_connection_string(text, **options)
    else:
        service = BlobServiceClient(settings.account_url or "", _credential(), **options)
    return service.get_container_client(settings.container)


def _credential() -> Any:
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError as problem:
        message = "account_url needs Entra ID: pip install 'llmlog-azure-blob[identity]'"
        raise LookupError(message) from problem
    return DefaultAzureCredential()


def send(client: ContainerClient, settings: Settings, batch: Sequence[Payload]) -> Verdict:
    """Store one blob for a batch, unless it is there already."""
    file = file_of(batch, settings.prefix, packed=settings.gzip)
    try:
        upload(client.get_blob_client(file.name), file)
    except ResourceExistsError:
        return Delivered("was there already")
    except AzureError as problem:
        return verdict(problem)
    return Delivered()


def put(client: ContainerClient, file: File) -> str:
    """Store a file as a blob, unless there is one of that name; return its address."""
    blob = client.get_blob_client(file.name)
    with suppress(ResourceExistsError):
        upload(blob, file)
    return str(blob.url)


def upload(blob: BlobClient, file: File) -> None:
    """Store a file; raise `ResourceExistsError` if there is one of that name."""
    kind = ContentSettings(content_type=file.type)
    blob.upload_blob(file.content, content_settings=kind, overwrite=False)


def verdict(problem: AzureError) -> Retryable | Refused | TooLarge:
    """Say what becomes of the events: a blob is opaque bytes, so its content is never at fault."""
    reason = f"{type(problem).__name__}: {problem.message}"
    status = problem.status_code if isinstance(problem, HttpResponseError) else None
    if status == _TOO_LARGE:
        return TooLarge(reason)
    broken = isinstance(problem, (ServiceRequestError, ServiceResponseError))
    return Retryable(reason) if broken or status in RETRYABLE_STATUSES else Refused(reason)


def open_store(settings: Settings) -> MediaStore:
    """Return the store of media in this container; it connects at its first request."""
    client = connect(settings)
    return MediaStore(partial(put, client), settings.prefix, client.close)


exporter = ClientExporter(
    name="azure-blob",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    limits=Limits(events=5_000, bytes=16_000_000, age_s=10.0, concurrency=4),
    store=open_store,
)
