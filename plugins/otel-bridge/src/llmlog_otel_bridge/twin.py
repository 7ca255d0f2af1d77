"""Two tales of one call that do not lie in one another: the same answer's id, at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from llmlog import Call
from llmlog.bridging import kind_of, mapping, parsed, read_span, text
from llmlog_otel_bridge.attribute import attributes_of

_REMEMBERED = 256


class Twins:
    """Spans that became records lately."""

    def __init__(self) -> None:
        self._told: deque[tuple[str, str, int, int]] = deque(maxlen=_REMEMBERED)

    def has(self, span: Any, own: Iterable[Call]) -> bool:
        """Say whether a span tells of what was recorded from elsewhere; remember it if not."""
        response_id = _response_id(span)
        if response_id is None:
            return False
        scope = span.instrumentation_scope.name if span.instrumentation_scope else ""
        start_ns, end_ns = span.start_time, span.end_time
        twin = any(
            response_id == other_id and scope != other and start_ns < last and first_ns < end_ns
            for other_id, other, first_ns, last in tuple(self._told)
        ) or any(_is_of(call, response_id, start_ns, end_ns) for call in tuple(own))
        if not twin:
            self._told.append((response_id, scope, start_ns, end_ns))
        return twin


def _response_id(span: Any) -> str | None:
    """Return the id of the provider's answer, also where LangChain made something of it."""
    attributes = attributes_of(span)
    kind = kind_of(attributes)
    known = read_span(kind, attributes)["response_id"] if kind else None
    return known or text(mapping(parsed(attributes.get("output.value"))).get("id"))


def _is_of(call: Call, response_id: str, start_ns: int, end_ns: int) -> bool:
    if not start_ns <= call.start_unix_ns <= end_ns:
        return False
    chunks = call.recording.chunks if call.recording else ()
    said = chunks[0] if chunks else call.response
    return response_id in (_id(said), _id(getattr(said, "response", None)))


def _id(said: Any) -> Any:
    return said.get("id") if isinstance(said, dict) else getattr(said, "id", None)
