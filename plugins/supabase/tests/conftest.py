"""PostgreSQL for the tests that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.postgres import postgres
from servers.service import Service


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Service]:
    """Serve an empty database."""
    with postgres() as service:
        yield service
