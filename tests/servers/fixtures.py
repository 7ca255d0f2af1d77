"""The real servers as pytest fixtures: one of each in a session, started when first asked for.

Loaded by the `conftest.py` at the root of the repository, so that every package's tests can ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from servers import ddapm, llama, llmock, mlflow, moto, phoenix, prometheus
from servers.absence import program
from servers.process import Launch, Server, running

Folders = pytest.TempPathFactory


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "server: starts a real server and reads back from it")


def _served(launch: Launch, folders: Folders) -> Iterator[Server]:
    with running(launch, folders.mktemp(launch.name)) as server:
        yield server


@pytest.fixture(scope="session")
def llmock_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve scripted answers at once."""
    yield from _served(llmock.launch(), tmp_path_factory)


@pytest.fixture(scope="session")
def llmock_slow_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve scripted answers, their streams with 50 ms before each chunk."""
    yield from _served(llmock.launch(chunk_delay_ms=50), tmp_path_factory)


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve a small real model."""
    yield from _served(llama.launch(), tmp_path_factory)


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve S3."""
    yield from _served(moto.launch(), tmp_path_factory)


@pytest.fixture(scope="session")
def prometheus_server(tmp_path_factory: Folders) -> Iterator[Callable[[str], Server]]:
    """Return a function that starts a Prometheus for a target, `host:port`."""
    with ExitStack() as stack:

        def serve(target: str) -> Server:
            folder = tmp_path_factory.mktemp("prometheus")
            launch = prometheus.launch(target, folder)
            return stack.enter_context(running(launch, folder))

        yield serve


@pytest.fixture(scope="session")
def promtool() -> Callable[[str], prometheus.Check]:
    """Return a function that checks exposed metrics."""
    program("promtool", "promtool", package="prometheus")
    return prometheus.check_metrics


@pytest.fixture(scope="session")
def phoenix_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve Phoenix."""
    yield from _served(phoenix.launch(), tmp_path_factory)


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve MLflow, its slow first trace behind it."""
    with running(mlflow.launch(), tmp_path_factory.mktemp("mlflow")) as server:
        mlflow.warm_up(server)
        yield server


@pytest.fixture(scope="session")
def ddapm_server(tmp_path_factory: Folders) -> Iterator[Server]:
    """Serve Datadog's test agent."""
    yield from _served(ddapm.launch(), tmp_path_factory)
