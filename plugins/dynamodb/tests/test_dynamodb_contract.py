"""What every plugin promises."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator

import pytest

from llmlog.testing import Answer, ClientContract, Received, ScriptedEndpoint
from llmlog_dynamodb import exporter


def taken(request: Received) -> Answer:
    """Answer that everything was taken."""
    return Answer(content=b'{"UnprocessedItems": {}}')


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "table": "calls", "endpoint_url": "{url}", "region": "eu-west-1",
        "access_key_id": "AKIAFAKE", "secret_access_key": "fake-secret-key",
    }  # fmt: skip

    @pytest.fixture
    def place(self) -> Iterator[str]:
        with ScriptedEndpoint(default=taken) as self.endpoint:
            yield self.endpoint.url

    def everything(self, place: str) -> str:
        return "\n".join(map(shown, self.endpoint.requests))


def shown(request: Received) -> str:
    """Return what a request holds, as text."""
    puts = [each["PutRequest"]["Item"] for each in request.json()["RequestItems"]["calls"]]
    wholes = (gzip.decompress(base64.b64decode(each["payload"]["B"])).decode() for each in puts)
    return "\n".join([request.content.decode(), *wholes])
