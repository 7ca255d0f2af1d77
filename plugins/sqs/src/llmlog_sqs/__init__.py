"""Send LLM calls to Amazon SQS, one message for each.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from botocore.exceptions import BotoCoreError, ClientError

from llmlog import (
    ClientExporter,
    Delivered,
    Limits,
    Outcome,
    Payload,
    Rejected,
    Retryable,
    Secret,
    env,
)
from llmlog.delivery.outcome import TooLarge, Verdict
from llmlog.message import JSON
from llmlog.schema import to_json
from llmlog_sqs.verdict import verdict

__all__ = ["Settings", "connect", "entry", "exporter", "send"]

_LARGEST = 1_048_576  # bytes of all messages of a request, attributes included


@frozen(kw_only=True)
class Settings:
    """Which queue. What is unset here, boto3 looks up in its own places."""

    queue_url: str = env("LLMLOG_SQS_QUEUE_URL", help="https://sqs.<region>.amazonaws.com/...")
    region: str | None = env("AWS_REGION", "AWS_DEFAULT_REGION", default=None, help="AWS region")
    endpoint_url: str | None = env(
        "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL", default=None, help="an endpoint of your own"
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
        user_agent_extra="llmlog-sqs",
    )
    return session.client("sqs", endpoint_url=settings.endpoint_url, config=config)


def entry(settings: Settings, payload: Payload, number: int) -> dict[str, JSON]:
    """Return one entry of a batch; a FIFO queue keeps the order within a trace."""
    words = {
        "llmlog-id": payload.id,
        "llmlog-trace-id": payload.trace_id,
        "llmlog-schema-version": payload.schema_version,
    }
    attributes = {k: {"DataType": "String", "StringValue": word} for k, word in words.items()}
    made: dict[str, JSON] = {
        "Id": str(number),
        "MessageBody": _legal(to_json(payload).decode()),
        "MessageAttributes": attributes,
    }
    if settings.queue_url.endswith(".fifo"):
        made["MessageGroupId"] = payload.trace_id
        made["MessageDeduplicationId"] = payload.id
    return made


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Send a batch; a 200 says of each message whether it is there."""
    entries = [entry(settings, payload, number) for number, payload in enumerate(batch)]
    if (size := sum(map(_size, entries))) > _LARGEST:
        return TooLarge(f"{size} bytes; SQS takes {_LARGEST}")
    try:
        reply = client.send_message_batch(QueueUrl=settings.queue_url, Entries=entries)
    except (ClientError, BotoCoreError) as problem:
        return verdict(problem)
    return outcomes(reply, len(batch))


def _legal(text: str) -> str:
    """Escape the characters that SQS does not take; all others below a space JSON escapes."""
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _size(made: Mapping[str, JSON]) -> int:
    attributes = sum(
        len(name) + len("String") + len(value["StringValue"])
        for name, value in made["MessageAttributes"].items()
    )
    return len(made["MessageBody"].encode()) + attributes


def outcomes(reply: Mapping[str, Any], count: int) -> list[Outcome]:
    """Return an outcome for each entry; one that the reply does not name comes again."""
    made: dict[str, Outcome] = {each["Id"]: Delivered() for each in reply.get("Successful", ())}
    for each in reply.get("Failed", ()):
        reason = f"{each.get('Code')}: {each.get('Message', '')}"
        made[each["Id"]] = Rejected(reason) if each.get("SenderFault") else Retryable(reason)
    return [made.get(str(number), Retryable("not in the reply")) for number in range(count)]


exporter = ClientExporter(
    name="sqs",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(BotoCoreError, OSError),  # only `connect` raises these: `send` judges its own
    limits=Limits(events=10, bytes=None, age_s=1.0),
)
