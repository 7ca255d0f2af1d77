"""What every plugin promises."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from llmlog.testing import ClientContract
from llmlog_file import exporter


class TestLines(ClientContract):
    """JSON lines."""

    exporter = exporter
    settings = {"path": "{url}/calls-%Y.jsonl"}

    def everything(self, place: str) -> str:
        return "".join(path.read_text() for path in Path(place).glob("calls-*.jsonl"))


class TestParquet(ClientContract):
    """Parquet files."""

    exporter = exporter
    settings = {"path": "{url}/calls", "format": "parquet"}

    def everything(self, place: str) -> str:
        paths = Path(place, "calls").glob("*.parquet")
        return "\n".join(str(pq.read_table(path).to_pylist()) for path in paths)
