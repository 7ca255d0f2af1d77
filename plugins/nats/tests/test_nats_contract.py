"""What every plugin promises, against a real NATS server."""

from __future__ import annotations

from typing import Any

import pytest
from servers.process import HOST
from servers.service import Service

from llmlog.testing import ClientContract
from llmlog_nats import exporter


@pytest.mark.server
class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}", "create": "LLMLOG", "token": "fake-token"}

    @pytest.fixture
    def place(self, nats_server: Service, stored: Any) -> str:
        self.stored = stored
        return f"nats://{HOST}:{nats_server.port}"

    def everything(self, place: str) -> str:
        return "\n".join(f"{each.headers} {each.data.decode()}" for each in self.stored())
