"""A payload as a span of LLM Observability.

Source: the vendor's HTTP API reference, and the span events of its tracer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from llmlog import Message, Payload, ToolCall, ToolResult, Usage
from llmlog.chat import chat, present, text_of
from llmlog.fact import CONTENT, GIVEN, dollars, rest, title
from llmlog.message import JSON

KINDS: Mapping[str, str] = {
    "embedding": "embedding", "tool": "tool", "retrieval": "retrieval", "agent": "agent",
    "chain": "workflow", "guardrail": "task", "rerank": "task", "moderation": "task",
}  # fmt: skip
PLACED = ("trace_id", "span_id", "parent_span_id", "ancestor_ids", "name", "timing", "usage",
          "tags", "error.stacktrace")  # fmt: skip
ROOT = "undefined"


def span(payload: Payload, tags: Sequence[str]) -> dict[str, JSON]:
    """Return the span of a call; ids are decimal, those of traces hexadecimal, as the tracer's."""
    parent = payload.parent_span_id
    return present({
        "span_id": str(int(payload.span_id, 16)),
        "trace_id": payload.trace_id, "apm_trace_id": payload.trace_id,
        "parent_id": str(int(parent, 16)) if parent else ROOT,
        "name": title(payload),
        "start_ns": payload.timing.start_unix_ns,
        "duration": payload.timing.duration_ns,
        "status": "error" if payload.failed else "ok",
        "session_id": payload.session_id, "tags": list(tags),
        "meta": _meta(payload), "metrics": _metrics(payload),
    })  # fmt: skip


def agent_event(made: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a span in the form that the tracer sends through an agent."""
    meta = dict(made["meta"])
    kind = meta.pop("kind")
    ids = {name: made[name] for name in ("span_id", "trace_id", "apm_trace_id")}
    event = {**made, "meta": {**meta, "span.kind": kind, "span": {"kind": kind}}, "_dd": ids}
    del event["apm_trace_id"]
    return {"_dd.stage": "raw", "event_type": "span", "spans": [event]}


def _meta(payload: Payload) -> dict[str, JSON]:
    kind = KINDS.get(payload.kind, "llm")
    prompt = {"id": payload.prompt_name, "version": payload.prompt_version}
    prompted = {"prompt": present(prompt)} if payload.prompt_name and kind == "llm" else {}
    said = _said(kind, payload.input_messages, payload.input_value)
    return present({
        "kind": kind, "model_name": payload.model, "model_provider": payload.provider_name,
        "input": {**said, **prompted} or None,
        "output": _said(kind, payload.output_messages, payload.output_value) or None,
        "tool_definitions": [_definition(tool) for tool in payload.tools] or None,
        "error": _error(payload), "metadata": _metadata(payload),
    })  # fmt: skip


def _said(kind: str, messages: Sequence[Message], value: JSON) -> dict[str, JSON]:
    """Return what went in or out: messages of models, documents to embed, text of others."""
    if kind == "llm" and messages:
        return {"messages": [item for message in messages for item in _messages(message)]}
    if kind == "embedding" and value is not None and not messages:
        texts = value if isinstance(value, list) else [value]
        return {"documents": [{"text": text_of(text)} for text in texts]}
    said = chat(messages) or value
    return {} if said is None else {"value": text_of(said)}


def _messages(message: Message) -> Iterable[dict[str, JSON]]:
    """Yield a message with text as content: other parts are JSON text."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    others = [part for part in message.parts if not isinstance(part, ToolResult)]
    (said,) = chat([evolve(message, parts=others)])
    yield present({
        "role": message.role,
        "content": text_of(said["content"]),
        "tool_calls": [_call(part) for part in message.tool_calls] or None,
        "tool_results": list(map(_result, results)) or None,
    })  # fmt: skip


def _result(part: ToolResult) -> dict[str, JSON]:
    return present({"tool_id": part.id, "result": text_of(part.response), "type": "function"})


def _call(part: ToolCall) -> dict[str, JSON]:
    """Return a tool call; arguments that are no object get a name."""
    given = {} if part.arguments is None else part.arguments
    arguments = given if isinstance(given, dict) else {"arguments": given}
    named = {"name": part.name, "arguments": arguments, "tool_id": part.id}
    return present({**named, "type": "function"})


def _definition(tool: JSON) -> JSON:
    """Return a tool's name, description and schema, from either form of definition."""
    if not isinstance(tool, dict):
        return {"name": text_of(tool)}
    function = tool.get("function")
    about = function if isinstance(function, dict) else tool
    schema = about.get("parameters", about.get("input_schema"))
    named = {name: about.get(name) for name in ("name", "description")}
    return present({**named, "schema": schema})


def _metrics(payload: Payload) -> dict[str, JSON]:
    """Return tokens, the details being part of the sums; dollars; seconds to the first token."""
    usage, cost = payload.usage or Usage(), dollars(payload)
    return present({
        "input_tokens": usage.total_input_tokens,
        "output_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_write_input_tokens": usage.cache_write_tokens,
        "reasoning_output_tokens": usage.reasoning_tokens,
        "input_cost": cost.input, "output_cost": cost.output, "total_cost": cost.total,
        "time_to_first_token": payload.timing.first_token_s,
    })  # fmt: skip


def _error(payload: Payload) -> JSON:
    error = payload.error
    if error is None:
        return {"type": payload.status} if payload.failed else None
    return present({"type": error.type, "message": error.message, "stack": error.stacktrace})


def _metadata(payload: Payload) -> dict[str, JSON]:
    """Return every fact without a place of its own; parameters and user's keys as they are."""
    made = rest(payload, *CONTENT, *GIVEN, *PLACED)
    return {**payload.attributes, **payload.parameters, **made, **payload.metadata}
