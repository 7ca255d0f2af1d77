"""A reader of the files that wandb writes offline, and a place of its own for each test.

A `.wandb` file is a log in LevelDB's format (blocks of 32 KiB, records in fragments, a checksum
each) after a header of seven bytes; its records are wandb's own protobuf messages.
https://github.com/google/leveldb/blob/main/doc/log_format.md
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import wandb
from attrs import field, frozen
from wandb.proto.wandb_internal_pb2 import Record

BLOCK = 32_768
FULL, FIRST, MIDDLE, LAST = range(1, 5)


def records(content: bytes) -> Iterator[Any]:
    """Yield the records of a file; raise `ValueError` for one that is damaged."""
    if struct.unpack("<4sHB", content[:7]) != (b":W&B", 0xBEE1, 0):
        raise ValueError("no wandb file")
    place, whole = 7, b""
    while place < len(content):
        left = BLOCK - place % BLOCK
        if left < 7:
            place += left
            continue
        checksum, length, kind = struct.unpack("<IHB", content[place : place + 7])
        fragment = content[place + 7 : place + 7 + length]
        if kind not in (FULL, FIRST, MIDDLE, LAST) or length > left - 7:
            raise ValueError(f"no fragment at {place}")
        if zlib.crc32(content[place + 6 : place + 7 + length]) != checksum:
            raise ValueError(f"damaged at {place}")
        whole = fragment if kind in (FULL, FIRST) else whole + fragment
        if kind in (FULL, LAST):
            yield Record.FromString(whole)
        place += 7 + length


def plain(items: Any) -> dict[str, Any]:
    """Return the items of a step: names, joined by dots where they are nested, to values."""
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}


@frozen
class Run:
    """What a run's files hold: steps in order, tables by metric, artifacts by name."""

    path: Path
    records: list[Any] = field(repr=False)

    def of(self, kind: str) -> list[Any]:
        """Return the records of one kind."""
        return [getattr(record, kind) for record in self.records
                if record.WhichOneof("record_type") == kind]  # fmt: skip

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Return the metrics of each step."""
        return [plain(record.item) for record in self.of("history")]

    @property
    def finished(self) -> bool:
        """Say whether the run has an end."""
        return len(self.of("exit")) == 1

    @property
    def begun_ns(self) -> int:
        """Return when it began; 0 for a run of which nothing was written."""
        return max((run.start_time.ToNanoseconds() for run in self.of("run")), default=0)

    def tables(self) -> dict[str, list[list[Any]]]:
        """Return the rows of each table, its parts joined in the order of their logging."""
        found: dict[str, list[list[Any]]] = {}
        for artifact in self.of("artifact"):
            (entry,) = artifact.manifest.contents
            part = json.loads(Path(entry.local_path).read_text(encoding="utf-8"))
            key = entry.path.partition(".")[2].removesuffix(".table.json")
            assert artifact.type == "wandb-run-incremental-table"
            found.setdefault(key, []).extend(
                [dict(zip(part["columns"], row, strict=True)) for row in part["data"]]
            )
        return found


def read_runs(folder: Path) -> list[Run]:
    """Return the runs below a folder, in the order of their beginning.

    A file is complete when wandb's service process has ended.
    """
    wandb.teardown()
    runs = [Run(path, list(records(path.read_bytes()))) for path in folder.rglob("run-*.wandb")]
    return sorted(runs, key=lambda run: run.begun_ns)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give wandb a home of its own, without the settings of this machine."""
    for name in list(os.environ):
        if name.startswith("WANDB_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DATA", "CACHE", "CONFIG", "ARTIFACT"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    return tmp_path


@pytest.fixture
def runs(tmp_path: Path) -> Callable[[], list[Run]]:
    """Return what reads the runs of this test."""
    return lambda: read_runs(tmp_path)
