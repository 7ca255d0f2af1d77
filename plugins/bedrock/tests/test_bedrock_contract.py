"""The promises of every instrumentor, and what this one sees."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from llmlog.testing import (
    Answer,
    CoverageContract,
    Covered,
    InstrumentorContract,
    ScriptedEndpoint,
)
from llmlog.testing.wire import amazon_event, json_answer
from llmlog_bedrock import instrumentor

MODEL = "anthropic.claude-haiku-4-5"
TURNS = [{"role": "user", "content": [{"text": "Hi"}]}]
BODY = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}]}  # fmt: skip
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
           "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn",
           "usage": {"input_tokens": 3, "output_tokens": 2}}  # fmt: skip
TOOL_USE = {"type": "tool_use", "id": "t-1", "name": "get_weather", "input": {"city": "Oslo"}}
EVENTS = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]  # fmt: skip


USAGE = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
CHUNKS = [amazon_event("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()})
          for event in EVENTS]  # fmt: skip
WORDS = [
    amazon_event("messageStart", {"role": "assistant"}),
    amazon_event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}}),
    amazon_event("messageStop", {"stopReason": "end_turn"}),
    amazon_event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 5}}),
]  # fmt: skip
CALL = {"toolUse": {"toolUseId": "t-1", "name": "get_weather", "input": {"city": "Oslo"}}}


def reply(block: Any, reason: str = "end_turn") -> dict[str, Any]:
    return {"output": {"message": {"role": "assistant", "content": [block]}},
            "stopReason": reason, "usage": USAGE, "metrics": {"latencyMs": 5}}  # fmt: skip


def invoke(client: Any, body: Any = BODY, model: str = MODEL) -> Any:
    return client.invoke_model(modelId=model, body=json.dumps(body))["body"].read()


class TestContract(InstrumentorContract):
    instrumentor = instrumentor
    endpoint: ScriptedEndpoint

    @pytest.fixture(autouse=True)
    def serve(self, wire: SimpleNamespace) -> Iterator[None]:
        self.wire = wire
        with ScriptedEndpoint(default=wire.json(wire.reply({"text": "Hello"}))) as self.endpoint:
            yield

    def client(self) -> Any:
        return self.wire.make(self.endpoint.url)

    def ask(self, client: Any) -> Any:
        return client.converse(modelId=MODEL, messages=TURNS)

    def fail(self, client: Any) -> Any:
        self.endpoint.default = json_answer({"message": "No."}, 400,
                                            {"x-amzn-errortype": "ValidationException"})  # fmt: skip
        return self.ask(client)


class TestCoverage(CoverageContract):
    instrumentor = instrumentor
    table = Path(__file__).parent / "coverage.json"
    content_type = "application/vnd.amazon.eventstream"

    @pytest.fixture(autouse=True)
    def serve(self, wire: SimpleNamespace) -> None:
        self.wire = wire

    calls = {
        "converse": Covered(
            ask=lambda client: client.converse(modelId=MODEL, messages=TURNS),
            answer=json_answer(reply({"text": "Hello"})),
            stream=lambda client: client.converse_stream(
                modelId=MODEL, messages=TURNS)["stream"],
            pieces=WORDS,
            tool=json_answer(reply(CALL, reason="tool_use")),
            shows=lambda payload: payload.output_messages[0].text == "Hello",
        ),
        "invoke_model": Covered(
            ask=invoke,
            answer=json_answer(MESSAGE),
            stream=lambda client: client.invoke_model_with_response_stream(
                modelId=MODEL, body=json.dumps(BODY))["body"],
            pieces=CHUNKS,
            tool=json_answer({**MESSAGE, "content": [TOOL_USE]}),
            shows=lambda payload: payload.output_messages[0].text == "Hello",
        ),
        "invoke_model, embedding": Covered(
            ask=lambda client: invoke(
                client, {"inputText": "a"}, "amazon.titan-embed-text-v2:0"),
            answer=json_answer({"embedding": [0.1, 0.2], "inputTextTokenCount": 3}),
            stream="the API streams no vectors",
            shows=lambda payload: payload.output_value == {"count": 1, "dimensions": 2},
        ),
    }  # fmt: skip

    def client(self, call: str, url: str, timeout_s: float) -> Any:
        return self.wire.make(url, timeout_s)

    def aclient(self, call: str, url: str, timeout_s: float) -> Any:
        return None

    def refusal(self, status: int) -> Answer:
        return json_answer({"message": "No."}, status, {"x-amzn-errortype": "SomeException"})
