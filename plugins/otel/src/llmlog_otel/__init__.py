"""Send LLM calls to anything that takes OTLP: collectors, Jaeger, Tempo, and most vendors.

https://opentelemetry.io/docs/specs/otlp/ and the GenAI semantic conventions.
"""

from __future__ import annotations

from llmlog.otlp import otlp_exporter
from llmlog_otel.exporter import exporter
from llmlog_otel.settings import Settings

__all__ = ["Settings", "exporter", "otlp_exporter"]
