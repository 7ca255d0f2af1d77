"""Store LLM calls in S3, or in anything that speaks its protocol, as partitioned JSON lines.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from attrs import frozen

from llmlog import Limits, Payload, aws, env
from llmlog.chat import present
from llmlog.layout import File, MediaStore, Partition, file_of, folder

__all__ = ["Settings", "arguments", "exporter", "send"]


@frozen(kw_only=True)
class Settings(aws.Settings):
    """Where objects go. What is unset here, boto3 looks up in its own places."""

    bucket: str = env("LLMLOG_S3_BUCKET", help="name of the bucket, which must exist")
    prefix: str = env(default="llmlog", help="first folders of each key")
    partition: Partition = env(default="hour", help="folders: dt= and hour=, or dt=")
    gzip: bool = env(default=True, help="false stores .jsonl, uncompressed")
    endpoint_url: str | None = aws.endpoint("S3")
    addressing: Literal["auto", "path", "virtual"] = env(
        default="auto", help="bucket in the path or in the host name"
    )
    sse: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = env(
        default=None, help="server-side encryption; unset: the bucket's own"
    )
    kms_key_id: str | None = env(default=None, help="key for aws:kms, which it implies")
    storage_class: str | None = env(default=None, help="such as STANDARD_IA or GLACIER_IR")

    def __attrs_post_init__(self) -> None:
        """Refuse what could only fail later, again and again."""
        super().__attrs_post_init__()
        if self.kms_key_id and self.sse == "AES256":
            raise ValueError("kms_key_id is for aws:kms: leave sse unset, or say aws:kms")

    @property
    def config(self) -> Mapping[str, Any]:
        """Return how buckets are addressed, as botocore takes it."""
        return {"s3": {"addressing_style": self.addressing}}


def put(client: Any, settings: Settings, file: File) -> str:
    """Store a file as an object; return its address."""
    client.put_object(**arguments(settings, file))
    return f"s3://{settings.bucket}/{file.name}"


def arguments(settings: Settings, file: File) -> dict[str, Any]:
    """Return the arguments of `put_object`."""
    return present({
        "Bucket": settings.bucket,
        "ContentType": file.type,
        "ServerSideEncryption": settings.sse or ("aws:kms" if settings.kms_key_id else None),
        "SSEKMSKeyId": settings.kms_key_id,
        "StorageClass": settings.storage_class,
        "Key": file.name,
        "Body": file.content,
    })  # fmt: skip


def send(client: Any, settings: Settings, part: Sequence[Payload]) -> None:
    """Store one object for the events of a folder; to S3 it is opaque, so no event is at fault."""
    put(client, settings, file_of(
        part, settings.prefix, packed=settings.gzip, partition=settings.partition
    ))  # fmt: skip


def open_store(settings: Settings) -> MediaStore:
    """Return the store of media in this bucket; it connects at its first request."""
    client = service.client(settings)
    return MediaStore(partial(put, client, settings), settings.prefix, client.close)


service = aws.Service(plugin="s3", name="s3")
exporter = service.exporter(
    Settings, send, Limits(events=5_000, bytes=16_000_000, age_s=10.0), open_store,
    apart=lambda settings, payload: folder(payload, settings.partition),
)  # fmt: skip
