"""What every plugin promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llmlog.testing import Answer, ClientContract, ScriptedEndpoint
from llmlog_cloudwatch import exporter


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "group": "calls", "endpoint_url": "{url}", "region": "eu-west-1",
        "access_key_id": "AKIAFAKE", "secret_access_key": "fake-secret-key",
    }  # fmt: skip

    @pytest.fixture
    def place(self) -> Iterator[str]:
        with ScriptedEndpoint(default=Answer()) as self.endpoint:
            yield self.endpoint.url

    def everything(self, place: str) -> str:
        return "\n".join(request.content.decode() for request in self.endpoint.requests)
