"""Labels: which there are, and how their values stay few.

None of them identifies a person: users and sessions are not offered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar

from llmlog import Payload

V = TypeVar("V", bound=Hashable)
OTHER = "other"
LONGEST = 128

LABELS: Mapping[str, tuple[str, ...]] = {
    "provider": ("provider_name",), "model": ("request_model", "response_model"),
    "kind": ("kind",), "status": ("status",), "environment": ("environment",),
    "service": ("service_name",), "response_model": ("response_model",),
    "deployment": ("deployment_id",), "server": ("server_address",),
    "service_tier": ("service_tier",), "stream": ("stream",), "release": ("release",),
    "prompt": ("prompt_name",), "team": ("team_id",), "organization": ("organization_id",),
    "project": ("project_id",), "key_alias": ("key_alias",), "tags": ("tags",),
}  # fmt: skip
"""Label to fields of the payload, of which the first that is known counts."""


class Bound:
    """The first `limit` different values that come."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: set[Hashable] = set()

    def keep(self, value: V, otherwise: V) -> V:
        """Return the value, or `otherwise` when it is new and there are enough."""
        if value not in self._known:
            if len(self._known) >= self._limit:
                return otherwise
            self._known.add(value)
        return value


class Labels:
    """Makes label values. What is absent is the empty value, which Prometheus takes as absent."""

    def __init__(self, names: tuple[str, ...], values: int, sets: int) -> None:
        self.names = names
        self._values = defaultdict[str, Bound](lambda: Bound(values))
        self._sets = Bound(sets)

    def of(self, payload: Payload) -> tuple[str, ...]:
        """Return the payload's values of the chosen labels."""
        found = ([getattr(payload, field) for field in LABELS[name]] for name in self.names)
        firsts = (next((value for value in values if value is not None), None) for values in found)
        values = tuple(map(self.value, self.names, firsts))
        return self._sets.keep(values, (OTHER,) * len(values))

    def value(self, name: str, value: object) -> str:
        """Return the text of one value: short, printable, and one of a few."""
        text = ",".join(sorted(value)) if isinstance(value, tuple) else str(value)
        text = "".join(sign if sign.isprintable() else "?" for sign in text[:LONGEST])
        return self._values[name].keep(text, OTHER) if text and value is not None else ""
