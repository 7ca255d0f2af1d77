"""What a span is of: a call of a model, a step around it, or nothing of the kind."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog.payload import Kind
from llmlog.reading.span.attribute import Attributes

OPENINFERENCE = "openinference.span.kind"
_OPENINFERENCE: Mapping[str, Kind] = {
    "LLM": "chat", "EMBEDDING": "embedding", "RERANKER": "rerank", "RETRIEVER": "retrieval",
    "TOOL": "tool", "AGENT": "agent", "GUARDRAIL": "guardrail",
}  # fmt: skip
_TRACELOOP: Mapping[str, Kind] = {"workflow": "chain", "task": "chain", "agent": "agent",
                                  "tool": "tool"}  # fmt: skip
_OPERATIONS: Mapping[str, Kind] = {
    "chat": "chat", "generate_content": "chat", "text_completion": "text_completion",
    "completion": "text_completion", "embeddings": "embedding", "embedding": "embedding",
    "rerank": "rerank", "retrieval": "retrieval", "execute_tool": "tool", "create_agent": "agent",
    "invoke_agent": "agent", "invoke_workflow": "chain", "execute_task": "chain",
}  # fmt: skip
_MARKS = ("gen_ai.request.model", "gen_ai.system", "gen_ai.provider.name")
_OWN = "llmlog."
MODELS: Mapping[Kind, str] = {"chat": "chat", "text_completion": "chat", "embedding": "embedding",
                              "rerank": "rerank"}  # fmt: skip
"""Kinds that are one request to a model; of two in one another, of one family, both are it."""


def kind_of(attributes: Attributes) -> Kind | None:
    """Return the kind of record that a span becomes; None for one that becomes none.

    What carries names of llmlog's own was a record before, and becomes none again.
    """
    if any(name.startswith(_OWN) for name in attributes):
        return None
    if OPENINFERENCE in attributes:
        return _openinference(attributes)
    marked = (
        _TRACELOOP.get(str(attributes.get("traceloop.span.kind"))),
        _OPERATIONS.get(str(attributes.get("gen_ai.operation.name"))),
        _OPERATIONS.get(str(attributes.get("llm.request.type"))),
    )
    for known in marked:
        if known is not None:
            return known
    return "chat" if any(name in attributes for name in _MARKS) else None


def _openinference(attributes: Attributes) -> Kind:
    kind = _OPENINFERENCE.get(str(attributes[OPENINFERENCE]).upper(), "chain")
    prompted = any(name.startswith(("llm.prompts.", "llm.choices.")) for name in attributes)
    return "text_completion" if kind == "chat" and prompted else kind
