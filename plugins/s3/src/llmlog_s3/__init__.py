"""Store LLM calls in S3, or in anything that speaks its protocol, as partitioned JSON lines.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from llmlog import ClientExporter, Delivered, Limits, Outcome, Payload, Retryable
from llmlog_s3.layout import Part, partition, parts
from llmlog_s3.settings import Settings
from llmlog_s3.verdict import verdict

if TYPE_CHECKING:
    from llmlog.delivery.outcome import Refused, TooLarge

__all__ = ["Settings", "connect", "exporter", "object_of", "send"]


def connect(settings: Settings) -> Any:
    """Make boto3's client; it opens connections and looks for credentials at its first request."""
    from boto3.session import Session
    from botocore.config import Config

    config = Config(
        connect_timeout=5,
        read_timeout=settings.timeout_s,
        retries={"total_max_attempts": 1},  # the lane tries again, and knows for how long
        s3={"addressing_style": settings.addressing},
        user_agent_extra="llmlog-s3",
    )
    session: Any = Session(**settings.credentials)
    return session.client("s3", endpoint_url=settings.endpoint_url, config=config)


def object_of(settings: Settings, part: Part) -> dict[str, Any]:
    """Return the arguments of `put_object` for a part."""
    return {
        **settings.storage,
        "Key": part.key(settings.prefix, packed=settings.gzip),
        "Body": part.body(packed=settings.gzip),
    }


def send(
    client: Any, settings: Settings, batch: Sequence[Payload]
) -> Sequence[Outcome] | Refused | Retryable | TooLarge | None:
    """Store one object for each partition of a batch.

    It ends at the first object that is not taken. A verdict speaks for the whole batch while
    nothing of it is stored; after that, what is left comes again as a batch of its own, so that
    no event gets into a second object.
    """
    made = [(part, object_of(settings, part)) for part in parts(batch, settings.partition)]
    stored: set[str] = set()
    for part, arguments in made:
        problem = _put(client, arguments)
        if problem is not None:
            return _rest(batch, settings, stored, problem.reason) if stored else problem
        stored.add(part.partition)
    return None


def _put(client: Any, arguments: dict[str, Any]) -> Refused | Retryable | TooLarge | None:
    try:
        client.put_object(**arguments)
    except (ClientError, BotoCoreError) as problem:
        return verdict(problem)
    return None


def _rest(
    batch: Sequence[Payload], settings: Settings, stored: set[str], reason: str
) -> Sequence[Outcome]:
    return [
        Delivered() if partition(payload, settings.partition) in stored else Retryable(reason)
        for payload in batch
    ]


exporter = ClientExporter(
    name="s3",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(BotoCoreError, OSError),  # only `connect` raises these: `send` judges its own
    limits=Limits(events=5_000, bytes=16_000_000, age_s=10.0),
)
