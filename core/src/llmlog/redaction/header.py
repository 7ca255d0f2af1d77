"""Headers of HTTP: of those that reach a record only the listed ones stay.

They come where a client, a gateway or an instrumentation puts them: in a mapping or in pairs under
a key that ends in `headers`, or as `http.request.header.<name>` (OpenTelemetry's word).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from llmlog.message import JSON
from llmlog.payload import Change, Payload

STOCK = (
    "accept", "anthropic-ratelimit-*", "anthropic-version", "content-encoding", "content-length",
    "content-type", "date", "openai-model", "openai-processing-ms", "openai-version", "request-id",
    "retry-after", "retry-after-ms", "server", "traceparent", "x-ratelimit-*", "x-request-id",
)  # fmt: skip
FIELDS = ("parameters", "attributes", "metadata")
_OTEL = re.compile(r"http\.(?:request|response)\.header\.(.+)")
_PAIR = 2
_DEPTH = 64


@frozen
class Headers:
    """Which headers may pass; a name that ends in `*` is the beginning of names."""

    allowed: tuple[str, ...] = STOCK

    def apply(self, payload: Payload, policy: str) -> Payload:
        """Return the payload without the headers that are not listed, and a note of how many."""
        if not (payload.parameters or payload.attributes or payload.metadata):
            return payload
        made: dict[str, Any] = {}
        notes: list[Change] = []
        for name in FIELDS:
            value = getattr(payload, name)
            left, count = self._without(value, 0) if _mentions(value, 0) else (value, 0)
            if count:
                made[name] = left
                notes.append(Change(path=name, action="hidden", rule="header", count=count,
                                    policy=policy))  # fmt: skip
        return evolve(payload, **made, changes=(*payload.changes, *notes)) if made else payload

    def passes(self, name: str) -> bool:
        """Say whether a header may pass; names are told apart by neither case nor `_`."""
        known = name.lower().replace("_", "-").removeprefix("llm-provider-")
        return any(known == each or (each.endswith("*") and known.startswith(each[:-1]))
                   for each in self.allowed)  # fmt: skip

    def _without(self, value: JSON, depth: int) -> tuple[JSON, int]:
        """Return a value without unlisted headers, and how many those were."""
        if depth > _DEPTH:
            return "[hidden: depth]", 1
        if isinstance(value, Mapping):
            return self._of_mapping(value, depth)
        if isinstance(value, (list, tuple)):
            pairs = [self._without(item, depth + 1) for item in value]
            count = sum(each for _, each in pairs)
            return ([left for left, _ in pairs] if count else value), count
        return value, 0

    def _of_mapping(self, values: Mapping[str, JSON], depth: int) -> tuple[JSON, int]:
        made: dict[str, JSON] = {}
        total = 0
        for key, item in values.items():
            left, count = self._of_key(str(key), item, depth)
            total += count
            if left is not _GONE:
                made[key] = left
        return (made if total else values), total

    def _of_key(self, key: str, value: JSON, depth: int) -> tuple[Any, int]:
        found = _OTEL.fullmatch(key.lower())
        if found:
            return (value, 0) if self.passes(found[1]) else (_GONE, 1)
        if key.lower().endswith("headers"):
            return self._listed(value)
        return self._without(value, depth + 1)

    def _listed(self, value: JSON) -> tuple[Any, int]:
        """Return the listed ones of headers; what is in no form of headers goes whole."""
        if value is None or isinstance(value, (bool, int, float)):
            return value, 0
        if isinstance(value, Mapping):
            made: Any = {name: each for name, each in value.items() if self.passes(str(name))}
        elif isinstance(value, (list, tuple)):
            made = [each for each in value if self._pair_passes(each)]
        else:
            return _GONE, 1
        gone = len(value) - len(made)
        return (made, gone) if gone else (value, 0)

    def _pair_passes(self, pair: JSON) -> bool:
        if isinstance(pair, Mapping):
            return self.passes(str(pair.get("name", pair.get("key", ""))))
        is_pair = isinstance(pair, (list, tuple)) and len(pair) == _PAIR
        return is_pair and self.passes(str(pair[0]))


def _mentions(value: JSON, depth: int) -> bool:
    """Say, at little cost, whether there may be headers in a value."""
    if depth > _DEPTH:
        return True
    if type(value) is dict or isinstance(value, Mapping):
        for key, item in value.items():
            if "header" in str(key).lower():
                return True
            if type(item) not in _LIGHT and _mentions(item, depth + 1):
                return True
        return False
    items = value if isinstance(value, (list, tuple)) else ()
    return any(type(item) not in _LIGHT and _mentions(item, depth + 1) for item in items)


_LIGHT = frozenset({str, int, float, bool, type(None)})
_GONE = object()
