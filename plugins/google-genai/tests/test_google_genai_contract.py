"""The promises of every instrumentor, and what this one sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google import genai
from google.genai import types

from llmlog.testing import (
    Answer,
    CoverageContract,
    Covered,
    InstrumentorContract,
    ScriptedEndpoint,
)
from llmlog.testing.wire import event, json_answer
from llmlog_google_genai import instrumentor

USAGE = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}


def make(url: str, timeout_s: float = 30.0, **options: Any) -> Any:
    http = types.HttpOptions(base_url=url, timeout=int(timeout_s * 1000))
    return genai.Client(api_key="fake-key-of-a-test", http_options=http, **options)


def body(part: Any, **more: Any) -> dict[str, Any]:
    content = {"role": "model", "parts": [part]}
    return {"candidates": [{"index": 0, "content": content, **more}], "usageMetadata": USAGE}


class TestContract(InstrumentorContract):
    instrumentor = instrumentor
    endpoint: ScriptedEndpoint

    @pytest.fixture(autouse=True)
    def serve(self, wire: SimpleNamespace) -> Iterator[None]:
        with ScriptedEndpoint(default=wire.json(wire.answer)) as self.endpoint:
            yield

    def client(self) -> Any:
        return make(self.endpoint.url)

    def ask(self, client: Any) -> Any:
        return client.models.generate_content(model="gemini-2.5-flash", contents="Hi")

    def fail(self, client: Any) -> Any:
        self.endpoint.default = json_answer({"error": {"code": 400, "message": "No."}}, 400)
        return self.ask(client)


class TestCoverage(CoverageContract):
    instrumentor = instrumentor
    table = Path(__file__).parent / "coverage.json"
    calls = {
        "generate_content": Covered(
            ask=lambda client: client.models.generate_content(model="m", contents="Hi"),
            answer=json_answer(body({"text": "Hello"}, finishReason="STOP")),
            stream=lambda client: client.models.generate_content_stream(model="m", contents="Hi"),
            pieces=[event(body({"text": "Hel"})), event(body({"text": "lo"}))],
            tool=json_answer(body(
                {"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}}},
                finishReason="STOP")),
            shows=lambda payload: payload.output_messages[0].text == "Hello",
        ),
        "embed_content": Covered(
            ask=lambda client: client.models.embed_content(model="m", contents=["a", "b"]),
            answer=json_answer({"embeddings": [{"values": [0.1, 0.2]}, {"values": [0.3, 0.4]}]}),
            stream="the API streams no vectors",
            shows=lambda payload: payload.output_value == {"count": 2, "dimensions": 2},
        ),
        "generate_images (Vertex AI)": Covered(
            ask=lambda client: client.models.generate_images(model="m", prompt="a cat"),
            answer=json_answer({"predictions": [
                {"bytesBase64Encoded": "iVBORw0K", "mimeType": "image/png"}]}),
            stream="the API streams no images",
            shows=lambda payload: payload.output_value == {
                "count": 1, "images": [{"mime_type": "image/png", "bytes": 6}]},
        ),
    }  # fmt: skip

    def client(self, call: str, url: str, timeout_s: float) -> Any:
        return make(url, timeout_s, vertexai=call.endswith("(Vertex AI)"))

    def aclient(self, call: str, url: str, timeout_s: float) -> Any:
        return self.client(call, url, timeout_s).aio

    def refusal(self, status: int) -> Answer:
        said = {"code": status, "message": "No.", "status": "INVALID_ARGUMENT"}
        return json_answer({"error": said}, status)
