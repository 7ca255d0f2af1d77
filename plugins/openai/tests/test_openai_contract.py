"""The promises of every instrumentor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from llmlog.testing import Answer, InstrumentorContract, ScriptedEndpoint
from llmlog_openai import instrumentor

ANSWER = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}  # fmt: skip


class TestContract(InstrumentorContract):
    instrumentor = instrumentor
    endpoint: ScriptedEndpoint

    @pytest.fixture(autouse=True)
    def serve(self) -> Iterator[None]:
        with ScriptedEndpoint(default=Answer(content=json.dumps(ANSWER).encode())) as self.endpoint:
            yield

    def client(self) -> Any:
        return openai.OpenAI(base_url=self.endpoint.url, api_key="sk-fake", max_retries=0)

    def ask(self, client: Any) -> Any:
        return client.chat.completions.create(model="m", messages=[])

    def fail(self, client: Any) -> Any:
        self.endpoint.default = Answer(status=400, content=b'{"error": {"message": "No."}}')
        return self.ask(client)
