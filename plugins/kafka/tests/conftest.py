"""Clusters for the tests, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer
from servers.tansu import messages


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
    return messages
