"""What every plugin promises."""

from __future__ import annotations

import pytest

from llmlog.testing import MetricContract
from llmlog_statsd import Metrics, exporter


class TestContract(MetricContract):
    """The contract, towards a listener."""

    exporter = exporter
    settings = {"url": "udp://{url}"}

    @pytest.fixture
    def place(self, listener) -> str:
        self.listener = listener
        return listener.url.removeprefix("udp://")

    def shown(self, plugin: Metrics) -> str:
        sender = plugin.socket.getsockname()
        return b"\n".join(self.listener.datagrams(sender)).decode()
