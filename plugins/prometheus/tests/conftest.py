"""Loggers that count, and readers of what they show."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from llmlog import Logger, Payload
from llmlog_prometheus import Scrape

Numbers = dict[str, float]
Make = Callable[..., Logger]


@pytest.fixture
def make_logger() -> Iterator[Make]:
    """Return a maker of Loggers with this plugin; they are closed at the end."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(counting(**settings))


def counting(**settings: Any) -> Logger:
    return Logger(plugins=["prometheus"], environ={}, file=False, plugin={"prometheus": settings})


@pytest.fixture
def numbers() -> Callable[[str], Numbers]:
    """Return a reader of the text format: series to value, as prometheus_client's parser has it."""
    return parse


def parse(text: str) -> Numbers:
    return {
        series(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def series(name: str, labels: dict[str, str]) -> str:
    known = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()) if value)
    return f"{name}{{{known}}}"


@pytest.fixture
def count() -> Callable[..., Numbers]:
    """Return what counts payloads in a Logger of its own and reads the result."""

    def counted(*payloads: Payload, **settings: Any) -> Numbers:
        with counting(**settings) as logger:
            for payload in payloads:
                logger.log(payload)
            assert logger.flush(10).complete
            return parse(shown())

    return counted


def shown() -> str:
    registry = CollectorRegistry()
    registry.register(Scrape())
    return generate_latest(registry).decode()


@pytest.fixture
def show() -> Callable[[], str]:
    """Return what gives this process's metrics in the text format."""
    return shown


@pytest.fixture
def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
