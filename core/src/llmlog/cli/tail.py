"""Print the last calls in a file that the plugin local writes."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

from llmlog.errors import LlmlogError
from llmlog.line import record
from llmlog.report import report
from llmlog.sqlite import NewerSchemaError, Where, read

_CONDITIONS = ("kind", "status", "provider", "model", "session", "user", "tag")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the file, how much of it, and in which form."""
    parser.add_argument("path", type=Path, help="the SQLite file")
    parser.add_argument("--limit", type=int, default=20, help="how many calls (20)")
    parser.add_argument("--json", action="store_true", help="whole records, one JSON per line")
    for name in _CONDITIONS:
        parser.add_argument(f"--{name}", help=f"only calls with this {name}")


def run(arguments: argparse.Namespace) -> int:
    """Print the last calls, oldest first; 1 if the file cannot be read."""
    given = {name: getattr(arguments, name) for name in _CONDITIONS}
    where: Where = {name: value for name, value in given.items() if value is not None}  # type: ignore[assignment]
    try:
        payloads = read(arguments.path, limit=arguments.limit, **where)
    except (OSError, ValueError, sqlite3.Error, NewerSchemaError, LlmlogError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    lines = map(record, payloads) if arguments.json else [report(payloads)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0
