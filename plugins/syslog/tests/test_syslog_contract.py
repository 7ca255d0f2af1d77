"""What every plugin promises."""

from __future__ import annotations

import pytest
from servers.waiting import eventually

from llmlog.testing import ClientContract
from llmlog_syslog import exporter


class TestContract(ClientContract):
    """The contract, over TCP."""

    exporter = exporter
    settings = {"address": "tcp://{url}"}

    @pytest.fixture
    def place(self, listener) -> str:
        self.listener = listener
        return listener.url.removeprefix("tcp://")

    def everything(self, place: str) -> str:
        """Return what came, once the stream is quiet: there is no acknowledgement."""
        count = -1

        def quiet() -> bool:
            nonlocal count
            before, count = count, len(self.listener.messages)
            return before == count > 0

        eventually(quiet)
        return b"\n".join(self.listener.messages).decode()
