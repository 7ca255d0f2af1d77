"""Records as OTLP spans, for every backend that takes them.

`otlp_exporter` makes an exporter from an endpoint, headers and an attribute map. Needs
`opentelemetry-proto` (extra `llmlog[otlp]`), the published messages of the protocol.

https://opentelemetry.io/docs/specs/otlp/ and the GenAI semantic conventions.
"""

from __future__ import annotations

from llmlog.otlp.convention import Attributes, Mapper, call_name, error_type, gen_ai, span_name
from llmlog.otlp.dialect import Dialect, mapper
from llmlog.otlp.extra import facts
from llmlog.otlp.http import LIMITS, Encoding, otlp_exporter, read_reply
from llmlog.otlp.langfuse import langfuse
from llmlog.otlp.message import input_messages, output_messages, tool_definitions
from llmlog.otlp.openinference import openinference
from llmlog.otlp.openllmetry import openllmetry
from llmlog.otlp.span import Event, resource_attributes, span_events

__all__ = [
    "LIMITS", "Attributes", "Dialect", "Encoding", "Event", "Mapper", "call_name", "error_type",
    "facts", "gen_ai", "input_messages", "langfuse", "mapper", "openinference", "openllmetry",
    "otlp_exporter", "output_messages", "read_reply", "resource_attributes", "span_events",
    "span_name", "tool_definitions",
]  # fmt: skip
