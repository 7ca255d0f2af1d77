"""Print a table of the last calls in a file."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from llmlog import Payload
from llmlog.errors import LlmlogError
from llmlog.schema import to_dict
from llmlog_local.migration import NewerSchemaError
from llmlog_local.reader import Where, read
from llmlog_local.report import report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m llmlog_local", description=__doc__)
    parser.add_argument("path", type=Path, help="the file that llmlog-local writes")
    parser.add_argument("--limit", type=int, default=20, help="how many calls (20)")
    parser.add_argument("--json", action="store_true", help="whole records, one JSON per line")
    for name in ("kind", "status", "provider", "model", "session", "user", "tag"):
        parser.add_argument(f"--{name}", help=f"only calls with this {name}")
    return parser


def _record(payload: Payload) -> str:
    """Return a record as one line of JSON, in ASCII and without control characters."""
    return json.dumps(to_dict(payload), separators=(",", ":")).replace("\x7f", "\\u007f")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the last calls, oldest first; 1 if the file cannot be read."""
    given = vars(_parser().parse_args(arguments))
    path, limit, as_json = given.pop("path"), given.pop("limit"), given.pop("json")
    where: Where = {name: value for name, value in given.items() if value is not None}  # type: ignore[assignment]
    try:
        payloads = read(path, limit=limit, **where)
    except (OSError, ValueError, sqlite3.Error, NewerSchemaError, LlmlogError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    lines = map(_record, payloads) if as_json else [report(payloads)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
