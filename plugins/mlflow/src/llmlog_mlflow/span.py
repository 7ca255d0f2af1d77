"""A payload as the `mlflow.*` attributes of a span, each value as JSON text.

Source: `mlflow/tracing/constant.py` of MLflow 3.17. Conversations are in the form of OpenAI's chat
completions, which MLflow's pages show as chats.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import chat, present
from llmlog.encoding import dumps_text
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.otlp import Attributes, gen_ai, tool_definitions

TYPES: Mapping[str, str] = {
    "chat": "CHAT_MODEL", "embedding": "EMBEDDING", "rerank": "RERANKER", "tool": "TOOL",
    "retrieval": "RETRIEVER", "agent": "AGENT", "chain": "CHAIN", "guardrail": "GUARDRAIL",
}  # fmt: skip
"""Types of spans; every other kind of call is LLM."""
_ELSEWHERE = ("gen_ai.input.", "gen_ai.output.messages", "gen_ai.tool.", "llmlog.input.",
              "llmlog.output.", "llmlog.tags")  # fmt: skip
_TAG = 250


def attributes(payload: Payload) -> Attributes:
    """Return what MLflow has names of its own for, and the conventions' names for the rest."""
    made = {
        name: value for name, value in gen_ai(payload, "current").items()
        if not name.startswith(_ELSEWHERE)
    }  # fmt: skip
    own = present({**_content(payload), **_model(payload)})
    return {**made, **{f"mlflow.{name}": dumps_text(value) for name, value in own.items()},
            **_tags(payload)}  # fmt: skip


def _content(payload: Payload) -> dict[str, JSON]:
    messages, answer = chat(payload.input_messages), _answer(payload)
    return {
        "spanType": TYPES.get(payload.kind, "LLM"),
        "spanInputs": {"messages": messages} if messages else payload.input_value,
        "spanOutputs": answer or payload.output_value,
        "message.format": "openai" if messages or answer else None,
        "chat.tools": [_tool(tool) for tool in tool_definitions(payload)] or None,
    }


def _answer(payload: Payload) -> JSON:
    choices = [
        present({"index": number, "message": chat([message])[0],
                 "finish_reason": message.finish_reason})
        for number, message in enumerate(payload.output_messages)
    ]  # fmt: skip
    return {"choices": choices} if choices else None


def _tool(tool: JSON) -> JSON:
    """Return a declared function in the nested form; MLflow takes no other."""
    if not isinstance(tool, dict) or tool.get("type") != "function":
        return tool
    return {"type": "function", "function": {key: tool[key] for key in tool if key != "type"}}


def _model(payload: Payload) -> dict[str, JSON]:
    usage, cost = payload.usage or Usage(), dollars(payload)
    name, version = payload.prompt_name, payload.prompt_version
    return {
        "llm.model": payload.model,
        "llm.provider": payload.provider_name,
        "chat.tokenUsage": present({
            "input_tokens": usage.total_input_tokens,
            "output_tokens": usage.total_output_tokens,
            "total_tokens": usage.total_tokens,
            "cache_read_input_tokens": usage.cache_read_tokens,
            "cache_creation_input_tokens": usage.cache_write_tokens,
        }) or None,
        "llm.cost": present({
            "input_cost": cost.input, "output_cost": cost.output, "total_cost": cost.total,
        }) or None,
        "linkedPrompts": [{"name": name, "version": version}] if name and version else None,
    }  # fmt: skip


def _tags(payload: Payload) -> dict[str, JSON]:
    """Return tags of the trace: `name:value`, or a name alone, which is true."""
    pairs = (tag.partition(":") for tag in payload.tags)
    return {f"mlflow.traceTag.{name[:_TAG]}": value or "true" for name, _, value in pairs if name}
