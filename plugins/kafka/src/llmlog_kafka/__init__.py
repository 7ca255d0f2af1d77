"""Produce LLM calls to a Kafka topic, one message for each.

https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md and
https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs
from attrs import frozen
from confluent_kafka import KafkaError, KafkaException, Producer

from llmlog import (
    ClientExporter,
    Delivered,
    Limits,
    Outcome,
    Payload,
    Refused,
    Rejected,
    Retryable,
    Secret,
    env,
)
from llmlog.schema import to_json

__all__ = ["Settings", "connect", "exporter", "message", "outcome", "send"]

_REFUSING = frozenset({  # those with an underscore are of librdkafka itself
    KafkaError._AUTHENTICATION, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError.SASL_AUTHENTICATION_FAILED,
})  # fmt: skip
_REJECTING = frozenset({
    KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD,
    KafkaError.INVALID_TIMESTAMP,
})  # fmt: skip


@frozen(kw_only=True)
class Settings:
    """Which topic of which cluster, and as whom."""

    bootstrap_servers: str = env(
        "LLMLOG_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS", help="host:port, with commas"
    )
    topic: str = env("KAFKA_TOPIC", default="llmlog", help="the topic")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = env(
        "KAFKA_SECURITY_PROTOCOL", default="PLAINTEXT", help="how brokers are spoken to"
    )
    sasl_mechanism: str = env("KAFKA_SASL_MECHANISM", default="PLAIN", help="such as SCRAM-SHA-512")
    username: str | None = env("KAFKA_SASL_USERNAME", default=None, help="SASL user")
    password: Secret | None = env("KAFKA_SASL_PASSWORD", default=None, help="SASL password")
    ca_file: str | None = env("KAFKA_SSL_CAFILE", default=None, help="certificates to trust")
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = env(
        default="zstd", help="of the messages of a batch"
    )
    timeout_s: float = env(default=30.0, help="seconds until a message is given back to the lane")
    options: Mapping[str, str] = env(
        default=attrs.Factory(dict), help="further settings of librdkafka, name=value with commas"
    )

    @property
    def configuration(self) -> dict[str, Any]:
        """Return what librdkafka takes; what is unset is left to it."""
        password = self.password.reveal() if self.password else None
        values = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism if self.username else None,
            "sasl.username": self.username,
            "sasl.password": password,
            "ssl.ca.location": self.ca_file,
            "compression.type": self.compression,
            "client.id": "llmlog",
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "delivery.timeout.ms": int(self.timeout_s * 1000),
            "log_level": 0,  # the lane tells the user
        }
        return {k: v for k, v in values.items() if v is not None} | dict(self.options)


def connect(settings: Settings) -> Producer:
    """Make a producer, and see that a broker and the topic are there."""
    producer = Producer(settings.configuration)
    topic = producer.list_topics(settings.topic, timeout=settings.timeout_s).topics[settings.topic]
    if topic.error is not None and topic.error.code() in _REFUSING:
        message = f"topic {settings.topic}: {topic.error.str()}"
        raise LookupError(message)
    return producer


def message(payload: Payload) -> dict[str, Any]:
    """Return the arguments of `produce` for a call; the timestamp is in milliseconds."""
    return {
        "key": payload.trace_id,
        "value": to_json(payload),
        "timestamp": payload.timing.start_unix_ns // 1_000_000,
        "headers": [
            ("llmlog-id", payload.id),
            ("llmlog-schema-version", payload.schema_version),
            ("content-type", "application/json"),
        ],
    }


def send(
    producer: Producer, settings: Settings, batch: Sequence[Payload]
) -> Sequence[Outcome] | Refused:
    """Produce a batch and wait for the report on each message."""
    errors: dict[int, KafkaError | None] = {}
    for number, payload in enumerate(batch):
        _produce(producer, settings.topic, message(payload), _reporter(errors, number))
    producer.flush(settings.timeout_s + 5.0)
    refusal = next((each for each in errors.values() if each and each.code() in _REFUSING), None)
    if refusal and None not in errors.values():
        return Refused(f"topic {settings.topic}: {refusal.str()}")
    return [
        outcome(errors[number]) if number in errors else Retryable("no report in time")
        for number in range(len(batch))
    ]


def _reporter(errors: dict[int, KafkaError | None], number: int) -> Callable[..., None]:
    def report(error: KafkaError | None, _: object = None) -> None:
        errors[number] = error

    return report


def _produce(
    producer: Producer, topic: str, made: Mapping[str, Any], report: Callable[..., None]
) -> None:
    """Queue a message; one that is refused at once has its report at once."""
    try:
        producer.produce(topic, on_delivery=report, **made)
    except KafkaException as problem:
        error = problem.args[0]
        if error.code() not in _REJECTING:
            raise
        report(error)


def outcome(error: KafkaError | None) -> Outcome:
    """Say what a delivery report means; what is not known to be the message's fault passes."""
    if error is None:
        return Delivered()
    reason = f"{error.name()}: {error.str()}"
    return Rejected(reason) if error.code() in _REJECTING else Retryable(reason)


exporter = ClientExporter(
    name="kafka",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda producer: producer.flush(0),
    retryable=(KafkaException, BufferError, OSError),
    limits=Limits(events=500, bytes=8_000_000, age_s=0.2),
)
