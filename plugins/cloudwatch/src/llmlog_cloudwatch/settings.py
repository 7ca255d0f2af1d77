"""Which log stream, and as whom."""

from __future__ import annotations

from attrs import frozen

from llmlog import aws, env


@frozen(kw_only=True)
class Settings(aws.Settings):
    """One log stream. What is unset here, boto3 looks up in its own places."""

    group: str = env("LLMLOG_CLOUDWATCH_GROUP", help="name of the log group")
    stream: str = env("LLMLOG_CLOUDWATCH_STREAM", default="llmlog", help="name of the log stream")
    create: bool = env(default=False, help="make group and stream where they are missing")
    endpoint_url: str | None = aws.endpoint("CLOUDWATCH_LOGS")
