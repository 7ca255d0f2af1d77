"""Store LLM calls in S3, or in anything that speaks its protocol, as partitioned JSON lines.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from llmlog import Delivered, Limits, Outcome, Payload, Retryable, aws, env
from llmlog.chat import present
from llmlog.delivery.outcome import Verdict
from llmlog.layout import DAILY, HOURLY, body, content_type, medium, medium_type, name, parts

__all__ = ["MediaStore", "Settings", "exporter", "object_of", "send"]


@frozen(kw_only=True)
class Settings(aws.Settings):
    """Where objects go. What is unset here, boto3 looks up in its own places."""

    bucket: str = env("LLMLOG_S3_BUCKET", help="name of the bucket, which must exist")
    prefix: str = env(default="llmlog", help="first folders of each key")
    partition: Literal["hour", "day"] = env(default="hour", help="folders: dt= and hour=, or dt=")
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
    def pattern(self) -> str:
        """Return the folders of a time, as `strftime` takes them."""
        return HOURLY if self.partition == "hour" else DAILY

    @property
    def config(self) -> Mapping[str, Any]:
        """Return how buckets are addressed, as botocore takes it."""
        return {"s3": {"addressing_style": self.addressing}}


def object_of(settings: Settings, part: Sequence[Payload]) -> dict[str, Any]:
    """Return the arguments of `put_object` for a part."""
    packed = settings.gzip
    key = name(part, settings.prefix, packed=packed, pattern=settings.pattern)
    return _stored(settings, key, body(part, packed=packed), content_type(packed=packed))


def _stored(settings: Settings, key: str, content: bytes, kind: str) -> dict[str, Any]:
    return present({
        "Bucket": settings.bucket,
        "ContentType": kind,
        "ServerSideEncryption": settings.sse or ("aws:kms" if settings.kms_key_id else None),
        "SSEKMSKeyId": settings.kms_key_id,
        "StorageClass": settings.storage_class,
        "Key": key,
        "Body": content,
    })  # fmt: skip


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Store one object for each folder of a batch.

    It ends at the first object that is not taken. A verdict speaks for the whole batch while
    nothing of it is stored; after that, what is left comes again as a batch of its own, so that
    no event gets into a second object.
    """
    stored: set[str] = set()
    for part in parts(batch, settings.pattern).values():
        try:
            client.put_object(**object_of(settings, part))
        except aws.ERRORS as problem:
            verdict = aws.verdict(problem)  # to S3 an object is opaque: no event is at fault
            again = Retryable(verdict.reason)
            rest = [Delivered() if each.id in stored else again for each in batch]
            return rest if stored else verdict
        stored |= {payload.id for payload in part}
    return Delivered()


service = aws.Service(plugin="s3", name="s3")


@frozen(eq=False)
class MediaStore:
    """Objects of a bucket, named by their content: what is put again overwrites itself."""

    client: Any
    settings: Settings

    def put(self, content: bytes, name: str) -> str:
        """Store an image, a sound or a file; return its address."""
        key = medium(name, self.settings.prefix)
        self.client.put_object(**_stored(self.settings, key, content, medium_type(name)))
        return f"s3://{self.settings.bucket}/{key}"

    def close(self) -> None:
        """Let go of connections."""
        self.client.close()


exporter = service.exporter(
    Settings,
    send,
    Limits(events=5_000, bytes=16_000_000, age_s=10.0),
    store=lambda settings: MediaStore(service.client(settings), settings),
)
