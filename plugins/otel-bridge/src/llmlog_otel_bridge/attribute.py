"""Attributes of spans: flat names back into what they were made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llmlog.bridging import plain

JSON = Any
Attributes = Mapping[str, JSON]


def attributes_of(span: Any) -> dict[str, JSON]:
    """Return a span's attributes, and those of its events that carry content."""
    found: dict[str, JSON] = {}
    for event in span.events or ():
        if event.name in _CONTENT_EVENTS:
            found.update(event.attributes or {})
    made, _ = plain({**found, **(span.attributes or {})})
    return made if isinstance(made, dict) else {}


_CONTENT_EVENTS = frozenset({
    "gen_ai.client.inference.operation.details", "gen_ai.content.prompt",
    "gen_ai.content.completion",
})  # fmt: skip


def text(value: JSON) -> str | None:
    """Return a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def number(value: JSON) -> int | None:
    """Return a count, None for what is none."""
    is_count = isinstance(value, (int, float)) and not isinstance(value, bool)
    return int(value) if is_count else None


def first(attributes: Attributes, *names: str) -> JSON:
    """Return the first attribute that is there."""
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def parsed(value: JSON) -> JSON:
    """Return the JSON value of a text; the text itself if it is none."""
    if not isinstance(value, str):
        return value
    try:
        return plain(json.loads(value))[0]
    except (ValueError, RecursionError):
        return value


def item(value: JSON) -> Mapping[str, JSON]:
    """Return a dict, also from its JSON text; an empty one for anything else."""
    made = parsed(value)
    return made if isinstance(made, dict) else {}


def items(value: JSON) -> list[JSON]:
    """Return a list, also from its JSON text; an empty one for anything else."""
    made = parsed(value)
    return made if isinstance(made, list) else []


def value_of(value: JSON) -> JSON:
    """Return what a step gives as an object, as it is where a step is recorded by llmlog itself."""
    return {"value": value} if isinstance(value, str) else value


def nested(attributes: Attributes, prefix: str) -> JSON:
    """Return what the attributes under a prefix were made of: `a.0.b` is `b` of the first `a`.

    Lists for numbered names, dicts for others; None if there is no such attribute.
    """
    tree: dict[str, JSON] = {}
    start = f"{prefix}."
    for name, value in attributes.items():
        if name.startswith(start):
            _plant(tree, name[len(start) :].split("."), value)
    return _listed(tree) if tree else None


def _plant(tree: dict[str, JSON], path: list[str], value: JSON) -> None:
    *way, last = path
    for step in way:
        branch = tree.setdefault(step, {})
        if not isinstance(branch, dict):
            return
        tree = branch
    tree[last] = value


def _listed(tree: JSON) -> JSON:
    if not isinstance(tree, dict):
        return tree
    made = {name: _listed(value) for name, value in tree.items()}
    if made and all(name.isdigit() for name in made):
        return [made[name] for name in sorted(made, key=int)]
    return made
