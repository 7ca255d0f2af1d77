"""Prometheus as a receiver of remote write, and a Pushgateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers import prometheus
from servers.process import Server, running


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve Prometheus, which takes remote write."""
    folder = tmp_path_factory.mktemp("prometheus")
    with running(prometheus.receiver(folder), folder) as server:
        yield server


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a Pushgateway."""
    with running(prometheus.gateway(), tmp_path_factory.mktemp("pushgateway")) as server:
        yield server
