"""Which bucket, as whom, and how objects are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

from llmlog import aws, env
from llmlog.layout import DAILY, HOURLY, content_type


@frozen(kw_only=True)
class Settings(aws.Settings):
    """Where objects go. What is unset here, boto3 looks up in its own places."""

    bucket: str = env("LLMLOG_S3_BUCKET", help="name of the bucket, which must exist")
    prefix: str = env(default="llmlog", help="first folders of each key")
    partition: Literal["hour", "day"] = env(
        default="hour", help="dt= and hour= folders, or dt= alone"
    )
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
            message = "kms_key_id is for aws:kms: leave sse unset, or say aws:kms"
            raise ValueError(message)

    @property
    def pattern(self) -> str:
        """Return the folders of a time, as `strftime` takes them."""
        return HOURLY if self.partition == "hour" else DAILY

    @property
    def config(self) -> Mapping[str, Any]:
        """Return how buckets are addressed, as botocore takes it."""
        return {"s3": {"addressing_style": self.addressing}}

    @property
    def storage(self) -> dict[str, str]:
        """Return the arguments of `put_object` that are equal for all objects."""
        values = {
            "Bucket": self.bucket,
            "ContentType": content_type(packed=self.gzip),
            "ServerSideEncryption": self.sse or ("aws:kms" if self.kms_key_id else None),
            "SSEKMSKeyId": self.kms_key_id,
            "StorageClass": self.storage_class,
        }
        return {name: value for name, value in values.items() if value is not None}
