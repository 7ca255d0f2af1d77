"""Clusters for the tests, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition


@pytest.fixture
def cluster() -> Iterator[str]:
    """Return the address of an empty mock cluster in this process."""
    owner = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock", "log_level": 0})
    (broker,) = owner.list_topics(timeout=30).brokers.values()
    yield f"{broker.host}:{broker.port}"
    owner.flush(0)


@pytest.fixture
def stored() -> Any:
    """Return a function that reads all messages of a topic."""
    return read


def read(servers: str, topic: str = "llmlog") -> list[Message]:
    consumer = Consumer({
        "bootstrap.servers": servers, "group.id": "test", "log_level": 0,
        "enable.partition.eof": True,
    })  # fmt: skip
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        return [each for number in partitions for each in _partition(consumer, topic, number)]
    finally:
        consumer.close()


def _partition(consumer: Consumer, topic: str, number: int) -> list[Message]:
    """Read until the client says that there is no more."""
    consumer.assign([TopicPartition(topic, number, 0)])
    return list(takewhile(lambda each: not each.error(), iter(lambda: consumer.poll(30), None)))
