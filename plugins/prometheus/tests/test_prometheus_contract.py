"""What every plugin promises."""

from __future__ import annotations

import pytest
from prometheus_client import generate_latest

from llmlog.testing import MetricContract
from llmlog_prometheus import Metrics, plugin


class TestContract(MetricContract):
    """The contract."""

    exporter = plugin
    settings = {"port": 0}

    def shown(self, plugin: Metrics) -> str:
        return generate_latest(plugin._shared.tally.registry).decode()

    @pytest.mark.xfail(strict=True, reason="the metrics of a process are one")
    def test_two_of_them_share_nothing(self, place: str) -> None:
        super().test_two_of_them_share_nothing(place)
