"""What every plugin promises."""

from __future__ import annotations

from pathlib import Path

from llmlog.testing import ClientContract
from llmlog_focus import exporter


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"path": "{url}/focus"}

    def everything(self, place: str) -> str:
        return "\n".join(path.read_text() for path in Path(place).rglob("*.csv"))
