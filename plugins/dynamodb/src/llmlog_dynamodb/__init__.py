"""Store LLM calls in an Amazon DynamoDB table, one item for each.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from botocore.exceptions import BotoCoreError, ClientError

from llmlog import ClientExporter, Delivered, Limits, Outcome, Payload, Retryable, Secret, env
from llmlog.delivery.outcome import Verdict
from llmlog_dynamodb.item import item
from llmlog_dynamodb.table import create
from llmlog_dynamodb.verdict import verdict

__all__ = ["Settings", "connect", "exporter", "item", "send"]


@frozen(kw_only=True)
class Settings:
    """Which table. What is unset here, boto3 looks up in its own places."""

    table: str = env("LLMLOG_DYNAMODB_TABLE", help="its name; its key is the text `id`")
    create: bool = env(default=False, help="make the table, billed per request, if it is not there")
    keep_days: float | None = env(default=None, help="sets `expires_at`, for the table's TTL")
    region: str | None = env("AWS_REGION", "AWS_DEFAULT_REGION", default=None, help="AWS region")
    endpoint_url: str | None = env(
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL",
        default=None,
        help="an endpoint of your own",
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
        user_agent_extra="llmlog-dynamodb",
    )
    return session.client("dynamodb", endpoint_url=settings.endpoint_url, config=config)


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Write a batch; a 200 names the items that were not written."""
    latest = {payload.id: payload for payload in batch}  # one request takes an id once
    puts = [
        {"PutRequest": {"Item": item(payload, settings.keep_days)}} for payload in latest.values()
    ]
    try:
        reply = client.batch_write_item(RequestItems={settings.table: puts})
    except (ClientError, BotoCoreError) as problem:
        if settings.create and _missing(problem):
            return Retryable(create(client, settings.table))
        return verdict(problem)
    return outcomes(reply, settings.table, batch)


def _missing(problem: Exception) -> bool:
    return isinstance(problem, ClientError) and (
        problem.response.get("Error", {}).get("Code") == "ResourceNotFoundException"
    )


def outcomes(reply: Mapping[str, Any], table: str, batch: Sequence[Payload]) -> list[Outcome]:
    """Return an outcome for each event; what DynamoDB gave back comes again."""
    left = reply.get("UnprocessedItems", {}).get(table, ())
    ids = {each["PutRequest"]["Item"]["id"]["S"] for each in left}
    return [
        Retryable("unprocessed: throttled") if payload.id in ids else Delivered()
        for payload in batch
    ]


exporter = ClientExporter(
    name="dynamodb",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(BotoCoreError, OSError),  # only `connect` raises these: `send` judges its own
    limits=Limits(events=25, bytes=8_000_000, age_s=1.0),
)
