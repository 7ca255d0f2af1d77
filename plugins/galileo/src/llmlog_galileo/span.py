"""A payload as attributes: OpenTelemetry's conventions, and what the vendor has beyond them.

Source: the attribute mapping of the vendor's SDK under its new name, splunk-ao.
"""

from __future__ import annotations

from llmlog import Payload, Usage
from llmlog.chat import text_of
from llmlog.encoding import dumps_text
from llmlog.fact import dollars
from llmlog.otlp import Attributes, gen_ai


def attributes(payload: Payload) -> Attributes:
    """Return all attributes of a call."""
    usage, cost = payload.usage or Usage(), dollars(payload)
    return {
        **gen_ai(payload),
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
        "splunk_ao.llm.usage.total_tokens": usage.total_tokens,
        "splunk_ao.tags": list(payload.tags) or None,
        "splunk_ao.metadata": _metadata(payload),
        "splunk_ao.status_code": payload.error and payload.error.status_code,
        "splunk_ao.llm.cost.input_usd": cost.input,
        "splunk_ao.llm.cost.output_usd": cost.output,
        "splunk_ao.llm.cost.total_usd": cost.total,
        **_tool(payload),
    }


def _metadata(payload: Payload) -> str | None:
    """Return the metadata as JSON text of texts, the only form that is shown."""
    made = {name: text_of(value) for name, value in payload.metadata.items()}
    return dumps_text(made) if made else None


def _tool(payload: Payload) -> Attributes:
    if payload.kind != "tool":
        return {}
    given, result = payload.input_value, payload.output_value
    return {
        "gen_ai.tool.call.arguments": None if given is None else text_of(given),
        "gen_ai.tool.call.result": None if result is None else text_of(result),
    }
