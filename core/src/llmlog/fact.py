"""Facts of a record that many backends have a place for, made in one place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import attrs

from llmlog.errors import nearest
from llmlog.message import JSON
from llmlog.payload import Cost, Payload, Status, Usage
from llmlog.schema import to_dict

Level = Literal["info", "warn", "error"]
CONTENT = ("input_messages", "output_messages", "input_value", "output_value", "tools")
"""Fields that hold what was said."""
GIVEN = ("parameters", "metadata", "attributes")
"""Fields whose keys are somebody else's."""
LEVELS: Mapping[Status, Level] = {"failure": "error", "aborted": "warn", "blocked": "warn"}


def title(payload: Payload) -> str:
    """Return the user's name of a call, else its kind and model."""
    return payload.name or " ".join(filter(None, (payload.kind, payload.model)))


def dollars(payload: Payload) -> Cost:
    """Return the cost in US dollars; a `Cost` that knows nothing where it is in none."""
    cost = payload.cost
    return cost if cost is not None and cost.currency == "USD" else Cost()


def level(payload: Payload) -> Level:
    """Return how bad the end of a call is, as logs say it."""
    return LEVELS.get(payload.status, "info")


def usage_sums(usage: Usage) -> dict[str, JSON]:
    """Return the sums of tokens under the names of chat completions."""
    return {
        "prompt_tokens": usage.total_input_tokens,
        "completion_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
    }


def rest(payload: Payload, *placed: str) -> dict[str, JSON]:
    """Return every field that has no place of its own, under its own name.

    `placed` are the names of those that have one; `error.stacktrace` is a part of a field. Raises
    `ValueError` for a name that no record has.
    """
    made = to_dict(attrs.evolve(payload, **_emptied(placed)))
    for name in placed:
        made.pop(name, None)
        outer, _, inner = name.partition(".")
        if inner and isinstance(part := made.get(outer), dict):
            made[outer] = {each: value for each, value in part.items() if each != inner}
    return made


@lru_cache
def _emptied(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that may be absent, absent: nothing is made plain only to be left out."""
    fields = {item.name: item for item in attrs.fields(Payload)}
    for name in names:
        if (outer := name.partition(".")[0]) not in fields:
            message = f"a record has no field {outer!r}{nearest(outer, tuple(fields))}"
            raise ValueError(message)
    chosen = (fields[name] for name in names if name in fields)
    return {item.name: _default(item) for item in chosen if item.default is not attrs.NOTHING}


def _default(item: attrs.Attribute[Any]) -> Any:
    factory = getattr(item.default, "factory", None)
    return factory() if factory is not None else item.default
