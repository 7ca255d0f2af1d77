"""Say that a server is not there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def unavailable(server: str, reason: str) -> NoReturn:
    """Skip the test, naming the server; fail it where `LLMLOG_REQUIRE_SERVERS` is set."""
    if os.environ.get("LLMLOG_REQUIRE_SERVERS"):
        pytest.fail(f"{server}: {reason}", pytrace=False)
    pytest.skip(f"{server}: {reason}")


def program(server: str, name: str, package: str) -> str:
    """Find a program of the machine, or skip with the Debian package that holds it."""
    found = shutil.which(name)
    if found is None:
        unavailable(server, f"{name} is not installed: apt-get install {package}")
    return found


def last_line(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "nothing in its log")
