"""Record what any OpenTelemetry instrumentation of a model library sees.

    tracer_provider.add_span_processor(llmlog_otel_bridge.SpanProcessor())

Spans of the GenAI conventions, of OpenInference and of OpenLLMetry become records; all other spans
are only known as places in a trace.

https://github.com/open-telemetry/semantic-conventions-genai
https://github.com/Arize-ai/openinference/tree/main/spec
"""

from __future__ import annotations

from llmlog_otel_bridge.processor import SpanProcessor

__all__ = ["SpanProcessor"]
