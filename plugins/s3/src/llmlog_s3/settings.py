"""Which bucket, as whom, and how objects are stored."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

from llmlog import Secret, env
from llmlog_s3.layout import Granularity


@frozen
class Settings:
    """Where objects go. What is unset here, boto3 looks up in its own places."""

    bucket: str = env("LLMLOG_S3_BUCKET", help="name of the bucket, which must exist")
    prefix: str = env(default="llmlog", help="first folders of each key")
    partition: Granularity = env(default="hour", help="dt= and hour= folders, or dt= alone")
    gzip: bool = env(default=True, help="false stores .jsonl, uncompressed")
    region: str | None = env("AWS_REGION", "AWS_DEFAULT_REGION", default=None, help="AWS region")
    endpoint_url: str | None = env(
        "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", default=None, help="an S3-compatible endpoint"
    )
    addressing: Literal["auto", "path", "virtual"] = env(
        default="auto", help="bucket in the path or in the host name"
    )
    profile: str | None = env(default=None, help="profile in the AWS files, before all else")
    access_key_id: str | None = env(default=None, help="in place of boto3's own search")
    secret_access_key: Secret | None = env(default=None, help="belongs to access_key_id")
    sse: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = env(
        default=None, help="server-side encryption; unset: the bucket's own"
    )
    kms_key_id: str | None = env(default=None, help="key for aws:kms, which it implies")
    storage_class: str | None = env(default=None, help="such as STANDARD_IA or GLACIER_IR")
    timeout_s: float = env(default=30.0, help="seconds to wait for an answer")

    def __attrs_post_init__(self) -> None:
        """Refuse what could only fail later, again and again."""
        if self.endpoint_url and not self.endpoint_url.startswith(("http://", "https://")):
            message = f"endpoint_url {self.endpoint_url!r}: say http:// or https:// and the host"
            raise ValueError(message)
        if bool(self.access_key_id) != bool(self.secret_access_key):
            message = "access_key_id and secret_access_key belong together: set both or neither"
            raise ValueError(message)
        if self.kms_key_id and self.sse == "AES256":
            message = "kms_key_id is for aws:kms: leave sse unset, or say aws:kms"
            raise ValueError(message)

    @property
    def credentials(self) -> dict[str, Any]:
        """Return what boto3's session takes, whole from one source; None leaves it to boto3."""
        secret = self.secret_access_key.reveal() if self.secret_access_key else None
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": secret,
            "profile_name": None if secret else self.profile,
            "region_name": self.region,
        }

    @property
    def storage(self) -> dict[str, str]:
        """Return the arguments of `put_object` that are equal for all objects."""
        values = {
            "Bucket": self.bucket,
            "ContentType": "application/gzip" if self.gzip else "application/x-ndjson",
            "ServerSideEncryption": self.sse or ("aws:kms" if self.kms_key_id else None),
            "SSEKMSKeyId": self.kms_key_id,
            "StorageClass": self.storage_class,
        }
        return {name: value for name, value in values.items() if value is not None}
