"""A payload as the attributes that Logfire's pages read, beside those of the conventions."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload
from llmlog.fact import dollars, level
from llmlog.message import JSON
from llmlog.otlp import Attributes, call_name, gen_ai

LEVELS: Mapping[str, int] = {"info": 9, "warn": 13, "error": 17}


def attributes(payload: Payload) -> Attributes:
    """Return the conventions' attributes, with message, level, tags, cost and schema."""
    made = gen_ai(payload)
    return {
        **made,
        "logfire.msg": call_name(payload),
        "logfire.span_type": "span",
        "logfire.level_num": LEVELS[level(payload)],
        "logfire.tags": list(payload.tags) or None,
        "logfire.json_schema": _schema(made),
        "operation.cost": dollars(payload).total,
    }


def _schema(made: Attributes) -> JSON:
    """Say which attributes are JSON text, so that Logfire shows what is in it."""
    kinds = {name: _kind(value) for name, value in made.items()}
    known = {name: {"type": kind} for name, kind in kinds.items() if kind}
    return {"type": "object", "properties": known} if known else None


def _kind(value: JSON) -> str | None:
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, (list, tuple)) else None
