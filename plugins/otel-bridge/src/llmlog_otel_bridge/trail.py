"""The spans that are open, and how they lie in one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field

from llmlog.bridging import MODELS, Span, id_from, kind_of
from llmlog.payload import Kind

_LIMIT = 10_000
_ALWAYS_TOLD = "openinference.instrumentation."


@define(eq=False)
class Entry:
    """A span from its start until the last span within it has ended.

    `seen` is the llmlog call that was going on when it began, `within` what the `llmlog.context`
    there said. `is_known` says that another observer makes the record of the same call. `inner`
    are spans of the same call that ended within this one.
    """

    span: Any
    parent: Entry | None
    seen: Span | None
    within: Mapping[str, Any]
    is_known: bool = False
    has_ended: bool = False
    open_children: int = 0
    inner: list[Any] = field(factory=list)

    @property
    def id(self) -> int:
        """Return the span's own id."""
        span_id: int = self.span.get_span_context().span_id
        return span_id

    @property
    def number(self) -> int:
        """Return the id that its record has."""
        trace_id = self.span.get_span_context().trace_id
        return id_from(self.span.start_time, f"{trace_id:x}:{self.id:x}")

    @property
    def kind(self) -> Kind | None:
        """Return what it is of, as far as it says by now."""
        return kind_of(self.span.attributes or {})

    @property
    def family(self) -> str | None:
        """Return the sort of model that it asks, None for what asks none."""
        kind = self.kind
        return MODELS.get(kind) if kind else None

    @property
    def makes_record(self) -> bool:
        """Say whether there is, or will be, a record of it.

        OpenInference's spans say at their end alone what they are of, but each is of something.
        """
        scope = self.span.instrumentation_scope
        told = self.kind is not None or (scope and scope.name.startswith(_ALWAYS_TOLD))
        return bool(told) and not self.is_known and self.same_call() is None

    def ancestors(self) -> Iterator[Entry]:
        """Give the spans around, innermost first."""
        entry = self.parent
        while entry is not None:
            yield entry
            entry = entry.parent

    def same_call(self) -> Entry | None:
        """Return the span around that is of the same call to a model, None if there is none."""
        family = self.family
        around = next((entry for entry in self.ancestors() if entry.kind), None)
        return around if around is not None and family and around.family == family else None

    def around(self) -> Span | None:
        """Return the place of the record that it is under, None if it is under none."""
        entry: Entry | None = self
        while entry is not None:
            outer = entry.parent
            if entry.seen is not None and (outer is None or entry.seen is not outer.seen):
                return entry.seen
            if outer is not None and outer.makes_record:
                return outer.place()
            entry = outer
        return None

    def place(self) -> Span:
        """Return its own place."""
        around, digits = self.around(), f"{self.id:016x}"
        if around is None:
            return Span(f"{self.span.get_span_context().trace_id:032x}", digits, (self.number,))
        return Span(around.trace_id, digits, (*around.path, self.number))


class Trail:
    """Entries by the ids of their spans; the oldest is forgotten when too many are open."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}

    def get(self, span_id: int) -> Entry | None:
        """Return the entry of a span that is known."""
        return self._entries.get(span_id)

    def begin(self, span: Any, seen: Span | None, within: Mapping[str, Any]) -> Entry:
        """Take in a span that starts."""
        parent = self._entries.get(span.parent.span_id) if span.parent is not None else None
        entry = Entry(span, parent, seen, within)
        if parent is not None:
            parent.open_children += 1
        while len(self._entries) >= _LIMIT:
            self._entries.pop(next(iter(self._entries)), None)
        self._entries[entry.id] = entry
        return entry

    def end(self, entry: Entry) -> None:
        """Forget a span, and those around it that waited for nothing else."""
        entry.has_ended = True
        done: Entry | None = entry
        while done is not None and done.has_ended and not done.open_children:
            self._entries.pop(done.id, None)
            done = done.parent
            if done is not None:
                done.open_children -= 1
