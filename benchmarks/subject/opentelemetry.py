"""OpenTelemetry's SDK: batch processor, OTLP over HTTP, the attributes of the GenAI conventions."""

from __future__ import annotations

import json
from typing import Any

from case import Case
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind


class Subject:
    """A tracer."""

    def __init__(self, url: str, bounds: bool = True) -> None:  # noqa: FBT001, FBT002
        size: dict[str, Any] = {} if bounds else {"max_queue_size": 10_000_000}
        self._provider = TracerProvider()
        self._provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url}/v1/traces"), **size))  # fmt: skip
        self._tracer = self._provider.get_tracer("benchmark")

    def record(self, case: Case, mark: str) -> None:
        """Record a call as a span."""
        usage = case.response["usage"]
        with self._tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT) as span:
            span.set_attributes({
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o-mini",
                "gen_ai.response.model": case.response["model"],
                "gen_ai.response.id": case.response["id"],
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.usage.input_tokens": usage["prompt_tokens"],
                "gen_ai.usage.output_tokens": usage["completion_tokens"],
                "gen_ai.conversation.id": "s",
                "user.id": mark,
                "gen_ai.input.messages": json.dumps(case.messages),
                "gen_ai.output.messages": json.dumps(case.response["choices"]),
            })  # fmt: skip

    def flush(self) -> None:
        """Wait until everything is sent."""
        self._provider.force_flush(600_000)

    def close(self) -> None:
        """End the processor."""
        self._provider.shutdown()
