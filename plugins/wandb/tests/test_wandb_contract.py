"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import PluginContract
from llmlog_wandb import exporter


class TestContract(PluginContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "fake-key-0123456789", "project": "calls", "mode": "offline"}
