"""The promises of every bridge."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from llmlog import Logger
from llmlog.testing import BridgeContract, ScriptedEndpoint
from llmlog_otel_bridge import SpanProcessor


class TestContract(BridgeContract):
    name = "otel-bridge"
    endpoint: ScriptedEndpoint
    openai: openai.OpenAI

    @pytest.fixture(autouse=True)
    def serve(
        self, endpoint: ScriptedEndpoint, client: openai.OpenAI, wire: SimpleNamespace
    ) -> Iterator[None]:
        endpoint.default = wire.json(wire.completion())
        type(self).endpoint, type(self).openai = endpoint, client
        self.wire = wire
        yield

    def connect(self, logger: Logger) -> Any:
        provider = TracerProvider()
        provider.add_span_processor(SpanProcessor(logger))
        OpenAIInstrumentor().instrument(tracer_provider=provider)
        return provider

    def disconnect(self, connected: Any) -> None:
        OpenAIInstrumentor().uninstrument()
        connected.shutdown()

    def ask(self, connected: Any) -> Any:
        return self.openai.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}]
        )

    def fail(self, connected: Any) -> Any:
        self.endpoint.script(self.wire.json({"error": {"message": "no"}}, 400))
        self.ask(connected)
