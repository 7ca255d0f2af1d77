"""Azurite: Microsoft's emulator of blobs, which checks keys and signatures.

https://learn.microsoft.com/azure/storage/common/storage-use-azurite
"""

from __future__ import annotations

import base64
from pathlib import Path

from servers.absence import program
from servers.npm import package
from servers.process import HOST
from servers.service import Service

VERSION = "3.35.0"
KEY = base64.b64encode(b"fake-account-key").decode()


def service(folder: Path) -> Service:
    """Return it, with the account `llmlog` in memory."""
    script = package("azurite", VERSION) / "dist" / "src" / "blob" / "main.js"
    command = (
        program("azurite", "node", "nodejs"), script, "--silent",
        "--inMemoryPersistence", "--blobHost", HOST, "--blobPort", "{port}",
        "--skipApiVersionCheck", "--disableTelemetry",
    )  # fmt: skip
    return Service("azurite", command, folder, env={"AZURITE_ACCOUNTS": f"llmlog:{KEY}"})


def connection_string(url: str) -> str:
    """Return how its account is reached."""
    return f"AccountName=llmlog;AccountKey={KEY};BlobEndpoint={url}/llmlog;"
