"""Packages of npm, installed once and kept between runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from servers.absence import unavailable
from servers.environment import cache_folder

INSTALL_SECONDS = 600


def package(name: str, version: str) -> Path:
    """Return the folder of a package, installed on first use without what is optional."""
    folder = cache_folder() / f"{name}-{version}"
    found = folder / "node_modules" / name
    if not (found / "package.json").exists():
        npm = shutil.which("npm") or unavailable(name, "npm is not installed: apt-get install npm")
        folder.mkdir(parents=True, exist_ok=True)
        command = (npm, "install", "--no-audit", "--no-fund", "--omit=optional", "--prefix", folder,
                   f"{name}@{version}")  # fmt: skip
        done = subprocess.run(command, capture_output=True, check=False, timeout=INSTALL_SECONDS)
        if done.returncode:
            unavailable(name, f"npm ended with code {done.returncode}")
    return found
