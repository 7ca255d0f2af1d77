"""What every plugin promises."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from llmlog.testing import Answer, ClientContract, Received, ScriptedEndpoint
from llmlog_kinesis import exporter


def taken(request: Received) -> Answer:
    """Answer that everything was taken."""
    records = [{"SequenceNumber": "1", "ShardId": "s"} for _ in request.json()["Records"]]
    return Answer(content=json.dumps({"FailedRecordCount": 0, "Records": records}).encode())


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "stream": "calls", "endpoint_url": "{url}", "region": "eu-west-1",
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
    records = request.json()["Records"]
    return "\n".join(base64.b64decode(each["Data"]).decode() for each in records)
