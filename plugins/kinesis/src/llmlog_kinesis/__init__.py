"""Put LLM calls into an Amazon Kinesis data stream, one record for each.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from llmlog import Delivered, Limits, Outcome, Payload, Retryable, aws, env
from llmlog.delivery.outcome import TooLarge, Verdict
from llmlog.message import JSON
from llmlog.schema import to_json

__all__ = ["Settings", "exporter", "record", "send"]

_LARGEST = 10 * 1024 * 1024  # bytes of all records of a request, keys included


@frozen(kw_only=True)
class Settings(aws.Settings):
    """Which stream. What is unset here, boto3 looks up in its own places."""

    stream: str = env("LLMLOG_KINESIS_STREAM", help="name or ARN of the stream")
    record_bytes: int = env(
        default=1_048_576,
        help="the stream's MaxRecordSizeInKiB, in bytes: larger ones are rejected",
    )
    endpoint_url: str | None = aws.endpoint("KINESIS")


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
    reply = client.put_records(Records=records, **{kind: settings.stream})
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


service = aws.Service(plugin="kinesis", name="kinesis")
exporter = service.exporter(Settings, send, Limits(events=500, bytes=8_000_000, age_s=1.0))
