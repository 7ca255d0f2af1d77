"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import PluginContract
from llmlog_prometheus import plugin


class TestContract(PluginContract):
    """The contract."""

    exporter = plugin
    settings = {"port": 0}
