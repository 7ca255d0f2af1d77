"""Store LLM calls in an Amazon DynamoDB table, one item for each.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from llmlog import Delivered, Limits, Outcome, Payload, Retryable, aws, env
from llmlog.delivery.outcome import Verdict
from llmlog_dynamodb.item import item
from llmlog_dynamodb.table import create

__all__ = ["Settings", "exporter", "item", "send"]


@frozen(kw_only=True)
class Settings(aws.Settings):
    """Which table. What is unset here, boto3 looks up in its own places."""

    table: str = env("LLMLOG_DYNAMODB_TABLE", help="its name; its key is the text `id`")
    create: bool = env(default=False, help="make the table, billed per request, if it is not there")
    keep_days: float | None = env(default=None, help="sets `expires_at`, for the table's TTL")
    endpoint_url: str | None = aws.endpoint("DYNAMODB")


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Write a batch; a 200 names the items that were not written."""
    latest = {payload.id: payload for payload in batch}  # one request takes an id once
    puts = [
        {"PutRequest": {"Item": item(payload, settings.keep_days)}} for payload in latest.values()
    ]
    try:
        reply = client.batch_write_item(RequestItems={settings.table: puts})
    except aws.ERRORS as problem:
        if settings.create and aws.code(problem) == "ResourceNotFoundException":
            return Retryable(create(client, settings.table))
        raise
    return outcomes(reply, settings.table, batch)


def outcomes(reply: Mapping[str, Any], table: str, batch: Sequence[Payload]) -> list[Outcome]:
    """Return an outcome for each event; what DynamoDB gave back comes again."""
    left = reply.get("UnprocessedItems", {}).get(table, ())
    ids = {each["PutRequest"]["Item"]["id"]["S"] for each in left}
    return [
        Retryable("unprocessed: throttled") if payload.id in ids else Delivered()
        for payload in batch
    ]


service = aws.Service(
    plugin="dynamodb",
    name="dynamodb",
    rejecting=frozenset({"ItemCollectionSizeLimitExceededException", "ValidationException"}),
)
exporter = service.exporter(Settings, send, Limits(events=25, bytes=8_000_000, age_s=1.0))
