"""Read spans out of OTLP documents, whichever of the two JSON spellings a server returns.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

Json = Mapping[str, Any]

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")
TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8


@frozen
class Event:
    """Something that happened within a span."""

    name: str
    attributes: Mapping[str, Any]


@frozen
class Span:
    """One span as the server kept it; ids are lower-case hex, times are Unix nanoseconds.

    `kind` is one of `KINDS`, `status` one of `STATUSES`; a server that does not say has the first.
    """

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    kind: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    status: str
    status_message: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    events: tuple[Event, ...]


def spans(document: Json) -> Iterator[Span]:
    """Yield every span of an OTLP trace document."""
    for group in snake_case(document).get("resource_spans", ()):
        resource = attributes(group.get("resource", {}).get("attributes", ()))
        for scope in group.get("scope_spans", ()):
            for raw in scope.get("spans", ()):
                yield span(raw, resource)


def span(raw: Json, resource: Json) -> Span:
    """Make a Span of a snake_case one."""
    status = raw.get("status", {})
    return Span(
        name=raw["name"],
        trace_id=hex_id(raw["trace_id"], TRACE_ID_BYTES),
        span_id=hex_id(raw["span_id"], SPAN_ID_BYTES),
        parent_span_id=hex_id(raw.get("parent_span_id") or "", SPAN_ID_BYTES) or None,
        kind=word(raw.get("kind", 0), KINDS),
        start_time_unix_nano=int(raw["start_time_unix_nano"]),
        end_time_unix_nano=int(raw["end_time_unix_nano"]),
        status=word(status.get("code", 0), STATUSES),
        status_message=status.get("message", ""),
        attributes=attributes(raw.get("attributes", ())),
        resource=resource,
        events=tuple(
            Event(each["name"], attributes(each.get("attributes", ())))
            for each in raw.get("events", ())
        ),
    )


def attributes(pairs: Any) -> dict[str, Any]:
    """Make a plain dict of a list of key-value pairs."""
    return {pair["key"]: plain(pair.get("value", {})) for pair in pairs}


def plain(value: Json) -> Any:
    """Make a plain value of an AnyValue; an empty one is None."""
    for kind, content in value.items():
        if kind == "int_value":
            return int(content)
        if kind == "double_value":
            return float(content)
        if kind == "array_value":
            return [plain(each) for each in content.get("values", ())]
        if kind == "kvlist_value":
            return attributes(content.get("values", ()))
        return base64.b64decode(content) if kind == "bytes_value" else content
    return None


def snake_case(document: Any) -> Any:
    """Spell every key of a document in snake_case; the names of attributes are values, not keys."""
    if isinstance(document, dict):
        return {_snake(key): snake_case(value) for key, value in document.items()}
    if isinstance(document, list):
        return [snake_case(each) for each in document]
    return document


def hex_id(text: str, size: int) -> str:
    """Make lower-case hex of an id of `size` bytes that is hex or base64."""
    return text.lower() if len(text) == 2 * size else base64.b64decode(text).hex()


def word(code: int | str, words: tuple[str, ...]) -> str:
    """Make a word of an enumeration's number or of its long name."""
    return words[code] if isinstance(code, int) else code.rpartition("_")[2]


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()
