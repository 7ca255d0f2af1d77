"""What every plugin promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llmlog.testing import Answer, ClientContract, ScriptedEndpoint
from llmlog_azure_sentinel import exporter


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"endpoint": "{url}", "rule_id": "dcr-fake", "token": "fake-token"}

    @pytest.fixture
    def place(self) -> Iterator[str]:
        with ScriptedEndpoint(default=Answer(status=204, content=b"")) as self.endpoint:
            yield self.endpoint.url

    def everything(self, place: str) -> str:
        return "\n".join(request.content.decode() for request in self.endpoint.requests)
