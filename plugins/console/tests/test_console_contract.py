"""What every plugin promises."""

from __future__ import annotations

from llmlog_console import exporter

from llmlog.testing import PluginContract


class TestContract(PluginContract):
    """The contract."""

    exporter = exporter
    settings = {"preview": 40, "color": "never"}
