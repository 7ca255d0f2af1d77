"""Produce LLM calls to a Kafka topic, one message for each.

https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md and
https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
)
from llmlog.schema import to_json
from llmlog_kafka.settings import Settings

__all__ = ["Settings", "connect", "exporter", "message", "outcome", "send"]

_REFUSING = frozenset({  # those with an underscore are of librdkafka itself
    KafkaError._AUTHENTICATION, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError.SASL_AUTHENTICATION_FAILED,
})  # fmt: skip
_ENDING = frozenset({  # the broker knows this producer no longer, and never will again
    KafkaError._FATAL, KafkaError._FENCED, KafkaError.PRODUCER_FENCED,  # noqa: SLF001
    KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.INVALID_PRODUCER_ID_MAPPING,
    KafkaError.UNKNOWN_PRODUCER_ID, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER,
})  # fmt: skip
_REJECTING = frozenset({
    KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD,
    KafkaError.INVALID_TIMESTAMP,
})  # fmt: skip


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
    """Produce a batch and wait for the report on each message.

    It raises when nothing arrived because the producer has come to its end: another one has to
    take over.
    """
    errors: dict[int, KafkaError | None] = {}
    for number, payload in enumerate(batch):
        _produce(producer, settings.topic, message(payload), _reporter(errors, number))
    producer.flush(settings.timeout_s + 5.0)
    problems = [each for each in errors.values() if each is not None]
    if len(problems) < len(errors):
        problems = []  # something arrived, so neither producer nor topic is wrong
    if ended := next((each for each in problems if each.code() in _ENDING), None):
        raise KafkaException(ended)
    if refusal := next((each for each in problems if each.code() in _REFUSING), None):
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
