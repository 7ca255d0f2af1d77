"""A payload as OpenInference attributes, for Phoenix, Arize and whatever else reads them.

Source: the specification in Arize-ai/openinference and its package of names,
`openinference-semantic-conventions` 0.1.42. What it has no word for is under `llmlog.`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmlog import Message, Payload
from llmlog.chat import text_of
from llmlog.encoding import dumps_text
from llmlog.message import JSON
from llmlog.otlp.convention import Attributes, error_type
from llmlog.otlp.extra import facts, money
from llmlog.otlp.openinference.model import model
from llmlog.otlp.openinference.step import STEPS

KINDS: Mapping[str, str] = {
    "embedding": "EMBEDDING", "rerank": "RERANKER", "tool": "TOOL", "retrieval": "RETRIEVER",
    "agent": "AGENT", "chain": "CHAIN", "guardrail": "GUARDRAIL",
}  # fmt: skip
"""Span kinds; every other kind of call is LLM."""


def openinference(payload: Payload) -> Attributes:
    """Return all attributes of a call; OpenInference's own win over free ones."""
    step = STEPS.get(payload.kind)
    return {
        **payload.attributes,
        **facts(payload),
        **money(payload),
        **_call(payload),
        **dict(_values(payload)),
        **_subject(payload),
        **model(payload),
        **(step(payload) if step else {}),
    }


def _call(payload: Payload) -> dict[str, JSON]:
    first_ns = payload.timing.time_to_first_token_ns
    return {
        "openinference.span.kind": KINDS.get(payload.kind, "LLM"),
        "error.type": error_type(payload),
        "server.address": payload.server_address,
        "server.port": payload.server_port,
        "http.response.status_code": payload.error.status_code if payload.error else None,
        "llmlog.name": payload.name,
        "llmlog.response.id": payload.response_id,
        "llmlog.stream": payload.stream,
        "llmlog.time_to_first_token_s": None if first_ns is None else first_ns / 1e9,
    }


def _values(payload: Payload) -> Iterator[tuple[str, JSON]]:
    """Yield what went in and came out in one value each, which tables of calls show."""
    said = {
        "input": _value(payload.input_value, payload.input_messages),
        "output": _value(payload.output_value, payload.output_messages),
    }
    for way, value in said.items():
        if value is not None:
            yield f"{way}.value", text_of(value)
            plain = isinstance(value, str)
            yield f"{way}.mime_type", "text/plain" if plain else "application/json"


def _value(value: JSON, messages: tuple[Message, ...]) -> JSON:
    """Return the value, else the words of the last message that has any."""
    words = (message.text for message in reversed(messages) if message.text)
    return next(words, None) if value is None else value


def _subject(payload: Payload) -> dict[str, JSON]:
    return {
        "session.id": payload.session_id,
        "user.id": payload.user_id,
        "tag.tags": list(payload.tags) or None,
        "metadata": dumps_text(payload.metadata) if payload.metadata else None,
        "prompt.id": payload.prompt_name,
        "llm.prompt_template.version": payload.prompt_version,
    }
