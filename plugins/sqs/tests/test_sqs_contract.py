"""What every plugin promises."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from llmlog.testing import Answer, ClientContract, Received, ScriptedEndpoint
from llmlog_sqs import exporter


def taken(request: Received) -> Answer:
    """Answer that everything was taken."""
    entries = request.json()["Entries"]
    successful = [{"Id": each["Id"], "MessageId": "m", "MD5OfMessageBody": "0"} for each in entries]
    return Answer(content=json.dumps({"Successful": successful}).encode())


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "queue_url": "{url}/1/calls", "endpoint_url": "{url}", "region": "eu-west-1",
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
    return request.content.decode()
