"""What every plugin promises, against a real broker."""

from __future__ import annotations

from typing import Any

import pytest
from servers.process import HOST
from servers.service import Service
from servers.waiting import eventually

from llmlog.testing import ClientContract
from llmlog_mqtt import exporter


@pytest.mark.server
class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}"}

    @pytest.fixture
    def place(self, mqtt_server: Service, listener: Any) -> str:
        self.listener = listener
        return f"mqtt://{HOST}:{mqtt_server.port}"

    def everything(self, place: str) -> str:
        """Wait for a message of our own, which comes after all others."""
        self.listener.client.publish("llmlog/end", b"end", qos=1)
        eventually(
            lambda: self.listener.found[-1].topic == "llmlog/end" if self.listener.found else 0
        )
        return "\n".join(each.payload.decode() for each in self.listener.found)
