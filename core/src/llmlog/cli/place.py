"""The directory that commands look at, and times as people write them."""

from __future__ import annotations

import argparse
import os
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
    """Return the directory that was named, or that of the settings.

    Raise if there is none, or if it cannot be read.
    """
    found: Path | None = arguments.directory or look().settings.directory
    if found is None:
        message = "no directory: set LLMLOG_DIRECTORY, or pass --directory"
        raise LlmlogError(message)
    if not found.is_dir():
        raise LlmlogError(f"{found}: no such directory: the first process with a `mode` makes it")
    for folder in (found, found / "spool", found / "stats", found / "dead"):
        if folder.exists() and not os.access(folder, os.R_OK | os.X_OK):
            raise LlmlogError(f"{folder}: permission denied: its owner alone can read it")
    return found


def moment(text: str) -> int:
    """Read `2h`, `7d` (ago) or an ISO date and time; return nanoseconds since 1970."""
    try:
        return int(_moment(text).timestamp() * 1e9)
    except (ValueError, OverflowError) as problem:
        message = f"{text!r} is no time: say 30m, 2h, 7d (ago), 2026-01-31 or 2026-01-31T18:00"
        raise argparse.ArgumentTypeError(message) from problem


def _moment(text: str) -> datetime:
    if match := re.fullmatch(r"(\d+)([smhd])", text):
        return datetime.now(timezone.utc) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    then = datetime.fromisoformat(text)
    return then if then.tzinfo else then.astimezone()


def shown(unix_ns: int) -> str:
    """Return a time for people, in UTC."""
    return f"{datetime.fromtimestamp(unix_ns / 1e9, timezone.utc):%Y-%m-%d %H:%M:%S}"


def positive(text: str) -> float:
    """Read a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        message = f"{text!r} is no number above 0"
        raise argparse.ArgumentTypeError(message)
    return value
