"""Azurite for the tests that ask for it, and none of this machine's own Azure setup."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient
from servers.absence import program, unavailable
from servers.environment import cache_folder
from servers.process import HOST
from servers.service import Service, serving

VERSION = "3.35.0"
KEY = base64.b64encode(b"fake-account-key").decode()


@pytest.fixture(autouse=True)
def no_azure_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide credentials."""
    for name in os.environ:
        if name.startswith("AZURE_"):
            monkeypatch.delenv(name)


def installed() -> Path:
    """Return Azurite's script, installed on first use."""
    folder = cache_folder() / f"azurite-{VERSION}"
    script = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    if not script.exists():
        npm = shutil.which("npm") or unavailable("azurite", "npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--prefix",
            folder,
            f"azurite@{VERSION}",
        ]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            unavailable("azurite", "npm does not install it")
    return script


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve Microsoft's emulator of blobs."""
    command = (
        program("azurite", "node", "nodejs"), installed(), "--silent", "--location", "{folder}",
        "--blobHost", HOST, "--blobPort", "{port}", "--skipApiVersionCheck", "--disableTelemetry",
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("azurite")
    env = {"AZURITE_ACCOUNTS": f"llmlog:{KEY}"}
    with serving(Service("azurite", command, folder, env=env)) as service:
        yield service


@pytest.fixture
def account(azurite: Service) -> str:
    """Return the connection string of an account."""
    endpoint = f"http://{HOST}:{azurite.port}/llmlog"
    return f"AccountName=llmlog;AccountKey={KEY};BlobEndpoint={endpoint};"


@pytest.fixture
def service(account: str) -> Iterator[Any]:
    """Return a client of the account, with nothing in it."""
    with BlobServiceClient.from_connection_string(account) as client:
        for container in client.list_containers():
            client.delete_container(container)
        yield client
