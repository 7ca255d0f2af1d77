"""Redis for the tests that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.absence import program
from servers.process import HOST
from servers.service import Service, serving


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve Redis, which writes to disk before it answers."""
    command = (
        program("redis", "redis-server", "redis-server"), "--port", "{port}", "--bind", HOST,
        "--dir", "{folder}", "--save", "", "--appendonly", "yes", "--appendfsync", "always",
    )  # fmt: skip
    with serving(Service("redis", command, tmp_path_factory.mktemp("redis"))) as service:
        yield service
