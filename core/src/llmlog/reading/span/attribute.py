"""Attributes of spans: flat names back into what they were made of."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog.message import JSON
from llmlog.reading.access import items as listed
from llmlog.reading.access import mapping, parsed

Attributes = Mapping[str, JSON]


def first(attributes: Attributes, *names: str) -> JSON:
    """Return the first attribute that is there."""
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def item(value: JSON) -> Mapping[str, JSON]:
    """Return a dict, also from its JSON text; an empty one for anything else."""
    return mapping(parsed(value))


def items(value: JSON) -> list[JSON]:
    """Return a list, also from its JSON text; an empty one for anything else."""
    return listed(parsed(value))


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
