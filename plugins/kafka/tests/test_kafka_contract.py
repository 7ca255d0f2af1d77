"""What every plugin promises, against librdkafka's mock cluster."""

from __future__ import annotations

from typing import Any

import pytest

from llmlog.testing import ClientContract
from llmlog_kafka import exporter


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "bootstrap_servers": "{url}", "compression": "none", "username": "llmlog",
        "password": "fake-password",
    }  # fmt: skip

    @pytest.fixture
    def place(self, cluster: str, stored: Any) -> str:
        self.stored = stored
        return cluster

    def everything(self, place: str) -> str:
        found = self.stored(place)
        return "\n".join(f"{each.key()} {each.headers()} {each.value().decode()}" for each in found)
