"""Which files, and when a new one begins."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

from attrs import frozen

from llmlog import Payload, env

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@frozen(kw_only=True)
class Settings:
    """One file, or one after the other."""

    path: str = env(
        "LLMLOG_FILE_PATH",
        help="such as calls.jsonl, or calls-%Y-%m-%d.jsonl: a file for each day of calls, in UTC",
    )
    format: Literal["jsonl", "parquet"] = env(
        default="jsonl", help="parquet needs llmlog-file[parquet]; path is then a folder"
    )
    max_bytes: int | None = env(
        default=None, help="begin anew before a file is larger; unset: never"
    )
    keep: int | None = env(default=None, help="how many rotated files to keep; unset: all")
    gzip: bool = env(default=False, help="compress rotated files")

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that keep nothing, and paths that are no pattern of a time."""
        for name in ("max_bytes", "keep"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name}: say a number above 0, or leave it unset")
        if "%" in self.path.replace("%Y", "").replace("%m", "").replace("%d", "").replace("%H", ""):
            raise ValueError("path: after a % there is Y, m, d or H")

    @property
    def folder(self) -> Path:
        """Return the folder that must be there from the start."""
        fixed = self.path.partition("%")[0]
        if self.format == "parquet":
            return Path(fixed)
        return Path(fixed) if fixed.endswith("/") else Path(fixed).parent

    def path_of(self, payload: Payload) -> Path:
        """Return the file of a call, by the time of its start."""
        start = _EPOCH + timedelta(microseconds=payload.timing.start_unix_ns // 1000)
        return Path(start.strftime(self.path) if "%" in self.path else self.path)
