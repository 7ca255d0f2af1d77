"""A payload as OpenLLMetry's attributes, for Traceloop and whatever else reads them.

OpenLLMetry has the GenAI conventions in their previous spelling for models, and `traceloop.` for
workflows and whom they belong to. Source: `opentelemetry-semantic-conventions-ai` 0.5.1 and what
the vendor's SDK 0.62 makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import text_of
from llmlog.encoding import dumps_text
from llmlog.message import JSON
from llmlog.otlp.convention import Attributes, gen_ai

KINDS: Mapping[str, str] = {
    "chain": "workflow", "agent": "agent", "tool": "tool", "retrieval": "task", "guardrail": "task",
}  # fmt: skip
"""Kinds of spans that ask no model."""
REQUEST_TYPES: Mapping[str, str] = {
    "chat": "chat", "text_completion": "completion", "embedding": "embedding", "rerank": "rerank",
}  # fmt: skip
"""Kinds of requests; every other one is unknown."""
_RENAMED: Mapping[str, str | None] = {
    "gen_ai.prompt.name": "traceloop.prompt.key",
    "gen_ai.prompt.version": None,
    "gen_ai.request.choice.count": "gen_ai.request.n",
    "gen_ai.request.reasoning.level": "gen_ai.request.reasoning_effort",
    "gen_ai.request.stream": "gen_ai.is_streaming",
    "gen_ai.usage.cost": None,
    "gen_ai.usage.reasoning.output_tokens": "gen_ai.usage.reasoning_tokens",
    "llmlog.tags": None,
}
"""Names of the conventions that OpenLLMetry has others for, or none."""
_LARGEST = 2**63 - 1
_PROPERTIES = "traceloop.association.properties"


def openllmetry(payload: Payload) -> Attributes:
    """Return all attributes of a call."""
    made = gen_ai(payload, "previous")
    renamed = {_RENAMED.get(name, name): value for name, value in made.items()}
    kept = {name: value for name, value in renamed.items() if name is not None
            and not name.startswith("llmlog.metadata.")}  # fmt: skip
    own = _step if payload.kind in KINDS else _request
    return {**kept, **own(payload), **_prompt(payload), **_properties(payload)}


def _request(payload: Payload) -> dict[str, JSON]:
    made: dict[str, JSON] = {
        "llm.request.type": REQUEST_TYPES.get(payload.kind, "unknown"),
        "gen_ai.user": payload.user_id,
        "gen_ai.usage.total_tokens": (payload.usage or Usage()).total_tokens,
        "gen_ai.response.finish_reason": next(iter(payload.finish_reasons), None),
    }
    if payload.kind == "embedding" and payload.input_value is not None:
        made["gen_ai.input.messages"] = _texts(payload.input_value)
    return made


def _texts(value: JSON) -> list[JSON]:
    """Return texts as the messages of a user, which the vendor shows them as."""
    texts = value if isinstance(value, (list, tuple)) else [value]
    return [
        {"role": "user", "parts": [{"type": "text", "content": text_of(text)}]} for text in texts
    ]


def _step(payload: Payload) -> dict[str, JSON]:
    workflow = payload.name if payload.kind == "chain" else None
    return {
        "traceloop.span.kind": KINDS[payload.kind],
        "traceloop.workflow.name": workflow,
        "traceloop.entity.name": payload.name,
        "traceloop.entity.input": _json(payload.input_value),
        "traceloop.entity.output": _json(payload.output_value),
    }


def _prompt(payload: Payload) -> dict[str, JSON]:
    """Return the prompt's version: a number has a name of its own."""
    version = payload.prompt_version
    number = int(version) if version and version.isdecimal() else None
    if number is None or number > _LARGEST:
        return {"traceloop.prompt.version_name": version}
    return {"traceloop.prompt.version": number}


def _properties(payload: Payload) -> dict[str, JSON]:
    """Return whom the call belongs to: what the vendor's pages filter by."""
    known = {"session_id": payload.session_id, "user_id": payload.user_id,
             "tags": list(payload.tags) or None}  # fmt: skip
    return {f"{_PROPERTIES}.{name}": value for name, value in {**payload.metadata, **known}.items()}


def _json(value: JSON) -> str | None:
    return None if value is None else dumps_text(value)
