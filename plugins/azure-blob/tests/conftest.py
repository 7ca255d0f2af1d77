"""Azurite for the tests that ask for it, and none of this machine's own Azure setup."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient
from servers import azurite
from servers.service import Service, serving


@pytest.fixture(autouse=True)
def no_azure_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide credentials."""
    for name in os.environ:
        if name.startswith("AZURE_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def azurite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve Microsoft's emulator of blobs."""
    with serving(azurite.service(tmp_path_factory.mktemp("azurite"))) as started:
        yield started


@pytest.fixture
def account(azurite_server: Service) -> str:
    """Return the connection string of an account."""
    return azurite.connection_string(azurite_server.url)


@pytest.fixture
def service(account: str) -> Iterator[Any]:
    """Return a client of the account, with nothing in it."""
    with BlobServiceClient.from_connection_string(account) as client:
        for container in client.list_containers():
            client.delete_container(container)
        yield client
