"""Azurite: Microsoft's emulator of blobs, which checks keys and signatures.

https://learn.microsoft.com/azure/storage/common/storage-use-azurite
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

from servers.absence import program, unavailable
from servers.environment import cache_folder
from servers.process import HOST
from servers.service import Service

VERSION = "3.35.0"
KEY = base64.b64encode(b"fake-account-key").decode()


def service(folder: Path) -> Service:
    """Return it, with the account `llmlog` in memory."""
    command = (
        program("azurite", "node", "nodejs"), installed(), "--silent",
        "--inMemoryPersistence", "--blobHost", HOST, "--blobPort", "{port}",
        "--skipApiVersionCheck", "--disableTelemetry",
    )  # fmt: skip
    return Service("azurite", command, folder, env={"AZURITE_ACCOUNTS": f"llmlog:{KEY}"})


def connection_string(url: str) -> str:
    """Return how its account is reached."""
    return f"AccountName=llmlog;AccountKey={KEY};BlobEndpoint={url}/llmlog;"


def installed() -> Path:
    """Return Azurite's script, installed on first use."""
    folder = cache_folder() / f"azurite-{VERSION}"
    script = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    if not script.exists():
        npm = shutil.which("npm") or unavailable("azurite", "npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", folder,
                   f"azurite@{VERSION}"]  # fmt: skip
        if subprocess.run(command, check=False, capture_output=True).returncode:
            unavailable("azurite", "npm does not install it")
    return script
