"""The attributes of a span of the SDK, as plain data."""

from __future__ import annotations

from typing import Any

from llmlog.bridging import plain
from llmlog.message import JSON

_CONTENT_EVENTS = frozenset({
    "gen_ai.client.inference.operation.details", "gen_ai.content.prompt",
    "gen_ai.content.completion",
})  # fmt: skip


def attributes_of(span: Any) -> dict[str, JSON]:
    """Return a span's attributes, and those of its events that carry content."""
    found: dict[str, JSON] = {}
    for event in span.events or ():
        if event.name in _CONTENT_EVENTS:
            found.update(event.attributes or {})
    made, _ = plain({**found, **(span.attributes or {})})
    return made if isinstance(made, dict) else {}
