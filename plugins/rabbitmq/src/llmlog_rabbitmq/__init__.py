"""Publish LLM calls to RabbitMQ, one persistent message for each, with publisher confirms.

https://www.rabbitmq.com/docs/confirms and https://pika.readthedocs.io
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from pika import (  # type: ignore[import-untyped]
    BasicProperties,
    BlockingConnection,
    URLParameters,
    exceptions,
)
from pika.adapters.blocking_connection import (  # type: ignore[import-untyped]
    BlockingChannel,
)

from llmlog import (
    ClientExporter,
    Delivered,
    Limits,
    Outcome,
    Payload,
    Refused,
    Retryable,
    Secret,
    env,
)
from llmlog.schema import to_json

__all__ = ["Settings", "connect", "exporter", "message", "send"]

_REFUSING = frozenset({403, 404})  # ACCESS_REFUSED and NOT_FOUND, as AMQP 0-9-1 numbers them


@frozen(kw_only=True)
class Settings:
    """Which queue or exchange of which broker."""

    url: Secret = env("LLMLOG_RABBITMQ_URL", help="amqp:// or amqps://user:password@host/vhost")
    queue: str = env(default="llmlog", help="the queue, or the routing key where exchange is set")
    exchange: str = env(default="", help="an exchange, which must exist; unset: straight to queue")
    create: bool = env(default=False, help="declare the queue, durable")
    timeout_s: float = env(default=10.0, help="seconds to wait for the broker")


def connect(settings: Settings) -> BlockingChannel:
    """Open a connection and a channel with confirms, and declare the queue if asked to."""
    parameters: Any = URLParameters(settings.url.reveal())
    parameters.socket_timeout = parameters.stack_timeout = settings.timeout_s
    parameters.blocked_connection_timeout = settings.timeout_s
    parameters.client_properties = {"connection_name": "llmlog"}
    channel = BlockingConnection(parameters).channel()
    channel.confirm_delivery()
    if settings.create:
        channel.queue_declare(settings.queue, durable=True)
    return channel


def message(payload: Payload) -> tuple[bytes, dict[str, Any]]:
    """Return body and properties of a call's message; the timestamp is in seconds."""
    return to_json(payload), {
        "message_id": payload.id,
        "correlation_id": payload.trace_id,
        "timestamp": payload.timing.start_unix_ns // 1_000_000_000,
        "type": "llmlog.payload",
        "content_type": "application/json",
        "delivery_mode": 2,
        "headers": {
            "llmlog-id": payload.id,
            "llmlog-trace-id": payload.trace_id,
            "llmlog-schema-version": payload.schema_version,
        },
    }


def send(
    channel: BlockingChannel, settings: Settings, batch: Sequence[Payload]
) -> Sequence[Outcome] | Refused:
    """Publish one message after the other, each confirmed.

    After a refusal what is confirmed stays delivered, and the rest comes again.
    """
    outcomes: list[Outcome] = []
    for payload in batch:
        try:
            outcomes.append(_publish(channel, settings, payload))
        except (exceptions.UnroutableError, exceptions.ChannelClosedByBroker) as problem:
            if isinstance(problem, exceptions.ChannelClosedByBroker) and (
                problem.reply_code not in _REFUSING
            ):
                raise
            reason = _reason(settings, problem)
            if not outcomes:
                return Refused(reason)
            rest = len(batch) - len(outcomes)
            return [*outcomes, *(Retryable(reason) for _ in range(rest))]
    return outcomes


def _publish(channel: BlockingChannel, settings: Settings, payload: Payload) -> Outcome:
    body, properties = message(payload)
    try:
        channel.basic_publish(
            settings.exchange, settings.queue, body, BasicProperties(**properties), mandatory=True
        )
    except exceptions.NackError:
        return Retryable("the broker did not take the message; the queue may be full")
    return Delivered()


def _reason(settings: Settings, problem: Exception) -> str:
    where = f"exchange {settings.exchange!r} with key" if settings.exchange else "queue"
    return f"{where} {settings.queue!r}: {type(problem).__name__}: {problem}"


def close(channel: BlockingChannel) -> None:
    """Close the connection, if the broker has not."""
    if channel.connection.is_open:
        channel.connection.close()


exporter = ClientExporter(
    name="rabbitmq",
    settings=Settings,
    connect=connect,
    send=send,
    close=close,
    retryable=(exceptions.AMQPError, OSError),
    limits=Limits(events=200, bytes=8_000_000, age_s=0.2),
)
