"""What every plugin promises, against a real RabbitMQ."""

from __future__ import annotations

from typing import Any

import pytest
from servers.process import HOST
from servers.service import Service

from llmlog.testing import ClientContract
from llmlog_rabbitmq import exporter


@pytest.mark.server
class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}", "create": True}

    @pytest.fixture
    def place(self, rabbitmq_server: Service, channel: Any) -> str:
        self.channel = channel
        return f"amqp://guest:guest@{HOST}:{rabbitmq_server.port}/%2F?heartbeat=60"

    def everything(self, place: str) -> str:
        """Look at every message, and leave it there."""
        found = []
        tag = 0
        while (got := self.channel.basic_get("llmlog"))[0]:
            tag = got[0].delivery_tag
            found.append(f"{got[1].headers} {got[2].decode()}")
        self.channel.basic_nack(tag, multiple=True, requeue=True)
        return "\n".join(found)
