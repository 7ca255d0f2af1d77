"""What every plugin promises."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from llmlog.testing import ClientContract
from llmlog_local import exporter


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"path": "{url}/calls.db", "keep_rows": 100}

    def everything(self, place: str) -> str:
        with closing(sqlite3.connect(Path(place, "calls.db"))) as connection:
            return "\n".join(connection.iterdump())
