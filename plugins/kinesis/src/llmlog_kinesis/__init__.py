"""Put LLM calls into an Amazon Kinesis data stream, one record for each.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from botocore.exceptions import BotoCoreError, ClientError

from llmlog import ClientExporter, Delivered, Limits, Outcome, Payload, Retryable, Secret, env
from llmlog.delivery.outcome import TooLarge, Verdict
from llmlog.message import JSON
from llmlog.schema import to_json
from llmlog_kinesis.verdict import verdict

__all__ = ["Settings", "connect", "exporter", "record", "send"]

_LARGEST = 10 * 1024 * 1024  # bytes of all records of a request, keys included


@frozen(kw_only=True)
class Settings:
    """Which stream. What is unset here, boto3 looks up in its own places."""

    stream: str = env("LLMLOG_KINESIS_STREAM", help="name or ARN of the stream")
    record_bytes: int = env(
        default=1_048_576,
        help="the stream's MaxRecordSizeInKiB, in bytes: larger ones are rejected",
    )
    region: str | None = env("AWS_REGION", "AWS_DEFAULT_REGION", default=None, help="AWS region")
    endpoint_url: str | None = env(
        "AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL", default=None, help="an endpoint of your own"
    )
    profile: str | None = env(default=None, help="profile in the AWS files, before all else")
    access_key_id: str | None = env(default=None, help="in place of boto3's own search")
    secret_access_key: Secret | None = env(default=None, help="belongs to access_key_id")
    timeout_s: float = env(default=30.0, help="seconds to wait for an answer")


def connect(settings: Settings) -> Any:
    """Make boto3's client; it looks for credentials at its first request."""
    from boto3.session import Session
    from botocore.config import Config

    secret = settings.secret_access_key
    session: Any = Session(
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=secret.reveal() if secret else None,
        profile_name=None if secret else settings.profile,
        region_name=settings.region,
    )
    config = Config(
        connect_timeout=5,
        read_timeout=settings.timeout_s,
        retries={"total_max_attempts": 1},  # the lane tries again, and knows for how long
        user_agent_extra="llmlog-kinesis",
    )
    return session.client("kinesis", endpoint_url=settings.endpoint_url, config=config)


def record(payload: Payload) -> dict[str, JSON]:
    """Return the record of a call; a trace stays in one shard."""
    return {"Data": to_json(payload), "PartitionKey": payload.trace_id}


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Put a batch; a 200 says of each record whether it is there."""
    records = [record(payload) for payload in batch]
    sizes = [len(each["Data"]) + len(each["PartitionKey"]) for each in records]
    if sum(sizes) > _LARGEST or max(sizes) > settings.record_bytes:
        return TooLarge(f"{max(sizes)} bytes; the stream takes {settings.record_bytes}")
    kind = "StreamARN" if settings.stream.startswith("arn:") else "StreamName"
    try:
        reply = client.put_records(Records=records, **{kind: settings.stream})
    except (ClientError, BotoCoreError) as problem:
        return verdict(problem)
    return outcomes(reply, len(batch))


def outcomes(reply: Mapping[str, Any], count: int) -> list[Outcome]:
    """Return an outcome for each record; Kinesis answers in their order."""
    made = [_outcome(each) for each in reply.get("Records", ())][:count]
    return [*made, *(Retryable("not in the reply") for _ in range(count - len(made)))]


def _outcome(result: Mapping[str, Any]) -> Outcome:
    """Read one result; its codes are of throttling and of inner failures, so both pass."""
    if result.get("ErrorCode"):
        return Retryable(f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}")
    return Delivered()


exporter = ClientExporter(
    name="kinesis",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(BotoCoreError, OSError),  # only `connect` raises these: `send` judges its own
    limits=Limits(events=500, bytes=8_000_000, age_s=1.0),
)
