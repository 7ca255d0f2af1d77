"""The directory that commands look at, and times as people write them."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

from llmlog.errors import LlmlogError
from llmlog.setup import look

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_directory(parser: argparse.ArgumentParser) -> None:
    """Take the directory."""
    parser.add_argument("--directory", type=Path, help="where the spool is; that of the settings")


def directory_of(arguments: argparse.Namespace) -> Path:
    """Return the directory that was named, or that of the settings; raise if there is none."""
    found: Path | None = arguments.directory or look().settings.directory
    if found is None:
        message = "no directory: set LLMLOG_DIRECTORY, or pass --directory"
        raise LlmlogError(message)
    return found


def moment(text: str) -> int:
    """Read `2h`, `7d` (ago) or an ISO date and time; return nanoseconds since 1970."""
    if match := re.fullmatch(r"(\d+)([smhd])", text):
        then = datetime.now(timezone.utc) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    else:
        then = datetime.fromisoformat(text)
        then = then if then.tzinfo else then.astimezone()
    return int(then.timestamp() * 1e9)


def shown(unix_ns: int) -> str:
    """Return a time for people, in UTC."""
    return f"{datetime.fromtimestamp(unix_ns / 1e9, timezone.utc):%Y-%m-%d %H:%M:%S}"


def positive(text: str) -> float:
    """Read a number above 0."""
    value = float(text)
    if not value > 0:
        raise ValueError
    return value
