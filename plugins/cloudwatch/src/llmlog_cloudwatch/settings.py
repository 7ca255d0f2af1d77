"""Which log stream, and as whom."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from llmlog import Secret, env


@frozen(kw_only=True)
class Settings:
    """One log stream. What is unset here, boto3 looks up in its own places."""

    group: str = env("LLMLOG_CLOUDWATCH_GROUP", help="name of the log group")
    stream: str = env("LLMLOG_CLOUDWATCH_STREAM", default="llmlog", help="name of the log stream")
    create: bool = env(default=False, help="make group and stream where they are missing")
    region: str | None = env("AWS_REGION", "AWS_DEFAULT_REGION", default=None, help="AWS region")
    endpoint_url: str | None = env(
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL", default=None,
        help="another address, such as a VPC endpoint",
    )  # fmt: skip
    profile: str | None = env(default=None, help="profile in the AWS files, before all else")
    access_key_id: str | None = env(default=None, help="in place of boto3's own search")
    secret_access_key: Secret | None = env(default=None, help="belongs to access_key_id")
    timeout_s: float = env(default=30.0, help="seconds to wait for an answer")

    def __attrs_post_init__(self) -> None:
        """Refuse half a credential, and an address without a scheme."""
        if self.endpoint_url and not self.endpoint_url.startswith(("http://", "https://")):
            message = f"endpoint_url {self.endpoint_url!r}: say http:// or https:// and the host"
            raise ValueError(message)
        if bool(self.access_key_id) != bool(self.secret_access_key):
            message = "access_key_id and secret_access_key belong together: set both or neither"
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
