"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import PluginContract
from llmlog_local import exporter


class TestContract(PluginContract):
    """The contract."""

    exporter = exporter
    settings = {"path": "calls.db", "keep_rows": 10, "keep_days": 1.5}
