"""Send LLM calls to anything that takes OTLP: collectors, Jaeger, Tempo, and most vendors.

https://opentelemetry.io/docs/specs/otlp/ and the GenAI semantic conventions.
"""

from __future__ import annotations

from llmlog_otel.convention import Attributes, Mapper, error_type, gen_ai, span_name
from llmlog_otel.exporter import exporter
from llmlog_otel.extra import facts
from llmlog_otel.http import LIMITS, Encoding, otlp_exporter, read_reply
from llmlog_otel.message import input_messages, output_messages, tool_definitions
from llmlog_otel.settings import Settings
from llmlog_otel.span import resource_attributes

__all__ = [
    "LIMITS", "Attributes", "Encoding", "Mapper", "Settings", "error_type", "exporter", "facts",
    "gen_ai", "input_messages", "otlp_exporter", "output_messages", "read_reply",
    "resource_attributes", "span_name", "tool_definitions",
]  # fmt: skip
