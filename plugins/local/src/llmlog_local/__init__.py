"""Keep LLM calls in one SQLite file on this machine, and read them back.

https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from llmlog import ClientExporter, Limits, Payload, Refused, env
from llmlog.check import positive
from llmlog.report import report
from llmlog.sqlite import NewerSchemaError, Where, opened, read, write

__all__ = ["Settings", "Where", "connect", "exporter", "read", "report", "send"]


@frozen(kw_only=True)
class Settings:
    """Which file, and how much it keeps."""

    path: Path = env(
        "LLMLOG_LOCAL_PATH", default=Path("llmlog.db"), help="the file; made if it is not there"
    )
    keep_rows: int | None = env(
        default=None, check=positive, help="how many calls to keep, the last; unset: all"
    )
    keep_days: float | None = env(
        default=None, check=positive, help="how old calls may become; unset: any age"
    )
    busy_timeout_s: float = env(default=5.0, help="seconds to wait for another process that writes")


def connect(settings: Settings) -> Path:
    """Return the file, which `send` opens anew for each batch."""
    return settings.path


def send(path: Path, settings: Settings, batch: Sequence[Payload]) -> Refused | None:
    """Write a batch in one transaction; a call that is there already is replaced."""
    try:
        with opened(path, settings.busy_timeout_s) as connection:
            write(connection, batch, settings.keep_rows, settings.keep_days)
    except (NewerSchemaError, sqlite3.DatabaseError) as problem:
        if isinstance(problem, sqlite3.Error) and type(problem) is not sqlite3.DatabaseError:
            raise
        return Refused(f"{path}: {problem}")
    return None


exporter = ClientExporter(
    name="local", settings=Settings, connect=connect, send=send,
    retryable=(OSError, sqlite3.OperationalError), limits=Limits(events=500, age_s=0.2),
)  # fmt: skip
