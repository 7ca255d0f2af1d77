"""The promises of every instrumentor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from llmlog.testing import Answer, InstrumentorContract, ScriptedEndpoint
from llmlog_anthropic import instrumentor

MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "Hello"}], "usage": {"input_tokens": 1, "output_tokens": 1},
}  # fmt: skip


class TestContract(InstrumentorContract):
    instrumentor = instrumentor
    endpoint: ScriptedEndpoint

    @pytest.fixture(autouse=True)
    def serve(self) -> Iterator[None]:
        headers = {"content-type": "application/json"}
        answer = Answer(content=json.dumps(MESSAGE).encode(), headers=headers)
        with ScriptedEndpoint(default=answer) as self.endpoint:
            yield

    def client(self) -> Any:
        return anthropic.Anthropic(base_url=self.endpoint.url, api_key="sk-ant-fake", max_retries=0)

    def ask(self, client: Any) -> Any:
        return client.messages.create(model="m", max_tokens=8, messages=[])

    def fail(self, client: Any) -> Any:
        self.endpoint.default = Answer(status=400, content=b'{"error": {"message": "No."}}')
        return self.ask(client)
