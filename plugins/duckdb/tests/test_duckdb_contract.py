"""What every plugin promises."""

from __future__ import annotations

from pathlib import Path

import duckdb

from llmlog.testing import ClientContract
from llmlog_duckdb import exporter


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"path": "{url}/calls.duckdb", "create": True}

    def everything(self, place: str) -> str:
        with duckdb.connect(Path(place, "calls.duckdb")) as connection:
            rows = connection.execute("select calls::varchar from llmlog_calls calls").fetchall()
        return "\n".join(text for (text,) in rows)
