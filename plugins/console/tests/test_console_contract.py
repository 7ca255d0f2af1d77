"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import PluginContract
from llmlog_console import exporter


class TestContract(PluginContract):
    """The contract."""

    exporter = exporter
    settings = {"preview": 40, "color": "never"}
