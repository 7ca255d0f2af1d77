"""A payload as the attributes that Weave reads.

Weave takes the first name it finds for input, output, model and kind, and reads `a.b` as `b` within
`a`: `gen_ai.prompt.name` would be the prompt itself, so prompts are named under `wandb.attributes`.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import text_of
from llmlog.message import JSON
from llmlog.otlp import Attributes, call_name, gen_ai

KINDS: Mapping[str, str] = {
    "tool": "tool", "retrieval": "retriever", "agent": "agent", "chain": "chain",
    "guardrail": "guardrail", "embedding": "embedding", "rerank": "reranker",
}  # fmt: skip
"""Kinds of spans; every other kind of call is llm."""
_ELSEWHERE = ("gen_ai.prompt.", "llmlog.metadata.", "llmlog.tags", "llmlog.input.",
              "llmlog.output.")  # fmt: skip


def attributes(payload: Payload) -> Attributes:
    """Return the conventions' attributes, with what Weave has names of its own for."""
    made = {
        name: value for name, value in gen_ai(payload).items() if not name.startswith(_ELSEWHERE)
    }
    return {**made, **_view(payload), **_free(payload)}


def _view(payload: Payload) -> Attributes:
    session, outermost = payload.session_id, payload.parent_span_id is None
    return {
        "weave.span.kind": KINDS.get(payload.kind, "llm"),
        "wandb.display_name": call_name(payload),
        "wandb.thread_id": session,
        "wandb.is_turn": True if session is not None and outermost else None,
        "llm.provider": payload.provider_name,
        "llm.usage.total_tokens": (payload.usage or Usage()).total_tokens,
        "input.value": _text(payload.input_value),
        "output.value": _text(payload.output_value),
    }


def _free(payload: Payload) -> Attributes:
    """Return what Weave shows among the attributes of a call."""
    said = {
        **payload.metadata,
        "tags": list(payload.tags) or None,
        "prompt_name": payload.prompt_name,
        "prompt_version": payload.prompt_version,
    }
    return {f"wandb.attributes.{name}": value for name, value in said.items()}


def _text(value: JSON) -> str | None:
    return None if value is None else text_of(value)
