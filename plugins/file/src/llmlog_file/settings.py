"""Which files, and when a new one begins."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from attrs import frozen

from llmlog import Payload, env
from llmlog.check import positive
from llmlog.instant import utc


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
        default=None, check=positive, help="begin anew before a file is larger; unset: never"
    )
    keep: int | None = env(
        default=None, check=positive, help="how many rotated files to keep; unset: all"
    )
    gzip: bool = env(default=False, help="compress rotated files")

    def __attrs_post_init__(self) -> None:
        """Refuse paths that are no pattern of a time."""
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
        start = utc(payload.timing.start_unix_ns)
        return Path(start.strftime(self.path) if "%" in self.path else self.path)
