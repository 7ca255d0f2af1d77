"""Values under a vendor's names, from a table: usage, costs, errors."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from llmlog.message import JSON


def renamed(value: object, names: Mapping[str, str], *same: str) -> dict[str, JSON]:
    """Return what is known of a value: the vendor's names to what its attributes hold.

    `names` maps a vendor's name to an attribute, or to one below it, such as
    `{"cached": "tokens.cache_read_tokens"}`; `same` are attributes that the vendor calls so too.
    Absent is absent.
    """
    every = {**names, **dict(zip(same, same, strict=True))}
    found = ((name, attrgetter(path)(value)) for name, path in every.items())
    return {name: item for name, item in found if item is not None}
