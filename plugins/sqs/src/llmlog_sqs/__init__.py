"""Send LLM calls to Amazon SQS, one message for each.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from llmlog import Delivered, Limits, Outcome, Payload, Rejected, Retryable, aws, env
from llmlog.delivery.outcome import TooLarge, Verdict
from llmlog.message import JSON
from llmlog.schema import to_json

__all__ = ["Settings", "entry", "exporter", "send"]

_LARGEST = 1_048_576  # bytes of all messages of a request, attributes included


@frozen(kw_only=True)
class Settings(aws.Settings):
    """Which queue. What is unset here, boto3 looks up in its own places."""

    queue_url: str = env("LLMLOG_SQS_QUEUE_URL", help="https://sqs.<region>.amazonaws.com/...")
    endpoint_url: str | None = aws.endpoint("SQS")


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
    reply = client.send_message_batch(QueueUrl=settings.queue_url, Entries=entries)
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


service = aws.Service(
    plugin="sqs",
    name="sqs",
    rejecting=frozenset({"InvalidMessageContents"}),
)
exporter = service.exporter(Settings, send, Limits(events=10, bytes=None, age_s=1.0))
