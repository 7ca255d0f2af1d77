"""Send LLM calls to Amazon CloudWatch Logs: one log event per call.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from llmlog import ClientExporter, Limits, Outcome, Payload, Refused, Rejected, Retryable
from llmlog.delivery.outcome import TooLarge
from llmlog_cloudwatch.event import arguments, day
from llmlog_cloudwatch.settings import Settings
from llmlog_cloudwatch.verdict import missing, outcomes, verdict

__all__ = ["Settings", "connect", "exporter", "send"]

Answer = Sequence[Outcome] | Refused | Rejected | Retryable | TooLarge


def connect(settings: Settings) -> Any:
    """Make boto3's client; it looks for credentials at its first request."""
    from boto3.session import Session
    from botocore.config import Config

    config = Config(
        connect_timeout=5,
        read_timeout=settings.timeout_s,
        retries={"total_max_attempts": 1},  # the lane tries again, and knows for how long
        user_agent_extra="llmlog-cloudwatch",
    )
    session: Any = Session(**settings.credentials)
    return session.client("logs", endpoint_url=settings.endpoint_url, config=config)


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Answer:
    """Put the calls of one day, in the order of their time; those of other days come again."""
    own = sorted((each for each in batch if day(each) == day(batch[0])), key=_start)
    try:
        reply = _put(client, settings, own)
    except (ClientError, BotoCoreError) as problem:
        return verdict(problem)
    found = dict(zip((payload.id for payload in own), outcomes(reply, len(own)), strict=True))
    return [found.get(payload.id, Retryable("another day")) for payload in batch]


def _start(payload: Payload) -> int:
    return payload.timing.start_unix_ns


def _put(client: Any, settings: Settings, batch: Sequence[Payload]) -> Any:
    """Put events; make the group and the stream first where they are missing and may be made."""
    try:
        return client.put_log_events(**arguments(settings, batch))
    except ClientError as problem:
        if not (settings.create and missing(problem)):
            raise
    for make, more in ((client.create_log_group, {}),
                       (client.create_log_stream, {"logStreamName": settings.stream})):  # fmt: skip
        try:
            make(logGroupName=settings.group, **more)
        except client.exceptions.ResourceAlreadyExistsException:
            continue
    return client.put_log_events(**arguments(settings, batch))


exporter = ClientExporter(
    name="cloudwatch",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(BotoCoreError, OSError),  # only `connect` raises these: `send` judges its own
    limits=Limits(events=2_000, bytes=900_000, age_s=2.0),
)
