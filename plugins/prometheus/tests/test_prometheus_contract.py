"""What every plugin promises."""

from __future__ import annotations

from llmlog_prometheus import plugin

from llmlog.testing import PluginContract


class TestContract(PluginContract):
    """The contract."""

    exporter = plugin
    settings = {"port": 0}
