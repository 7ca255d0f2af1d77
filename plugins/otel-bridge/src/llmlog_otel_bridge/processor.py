"""What the SDK of OpenTelemetry calls as spans start and end."""

from __future__ import annotations

from collections import deque
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace import SpanProcessor as Processor

from llmlog import Call, Logger, get_logger
from llmlog.bridging import (
    Span,
    add_witness,
    ambient,
    current_span,
    guarded,
    is_asked,
    remove_witness,
)
from llmlog_otel_bridge.record import Story, payload_of
from llmlog_otel_bridge.trail import Entry, Trail
from llmlog_otel_bridge.twin import Twins

_REMEMBERED = 256


class SpanProcessor(Processor):
    """Makes a record of each span that tells of a model, a tool, a retriever or a step around them.

    `logger` is where records go; None means llmlog's default Logger. A call that llmlog's own
    instrumentors see too, or that two instrumentations tell of, is one record.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        self._logger = logger
        self._trail = Trail()
        self._twins = Twins()
        self._own: deque[Call] = deque(maxlen=_REMEMBERED)
        add_witness(self)

    # What the SDK calls.

    def on_start(self, span: Any, parent_context: Any = None) -> None:  # noqa: ARG002
        """Note where a span begins."""
        guarded(self._begin, span, otherwise=lambda _: None)

    def on_end(self, span: ReadableSpan) -> None:
        """Make a record of a span that tells of one."""
        guarded(self._end, span, otherwise=lambda _: None)

    def shutdown(self) -> None:
        """Stop; what was recorded goes its way."""
        remove_witness(self)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is waiting; say whether all is delivered."""
        return self._to().flush(timeout_millis / 1000).complete

    def _to(self) -> Logger:
        return self._logger or get_logger()

    def _begin(self, span: Any) -> None:
        entry = self._trail.begin(span, current_span.get(), ambient.get())
        entry.is_known = is_asked(self._to())

    def _end(self, span: Any) -> None:
        entry = self._trail.get(span.get_span_context().span_id)
        if entry is None:
            return
        entry.span = span
        try:
            self._record(entry)
        finally:
            self._trail.end(entry)

    def _record(self, entry: Entry) -> None:
        kind = entry.kind
        if kind is None or (entry.is_known and entry.family):
            return
        outer = entry.same_call()
        if outer is not None:
            outer.inner.append(entry.span)
            return
        if entry.family and self._twins.has(entry.span, self._own):
            return
        story = Story(kind, entry.span, tuple(entry.inner), entry.number, entry.place(),
                      entry.around(), entry.within)  # fmt: skip
        self._to().log(lambda: payload_of(story))

    # What llmlog's instrumentors say.

    def place(self, logger: Logger) -> Span | None:
        """Return where a call is that an instrumentor is about to begin."""
        around = self._around(logger)
        if not around or around[0].seen is not current_span.get():
            return None
        outer = next((entry for entry in around if entry.makes_record and not entry.family), None)
        if outer is not None:
            return outer.place()
        outermost = around[-1]
        known = outermost.around()
        if known is not None:
            return known
        context = outermost.span.parent or outermost.span.get_span_context()
        return Span(f"{context.trace_id:032x}", f"{context.span_id:016x}")

    def begun(self, call: Call) -> None:
        """Leave a call to the instrumentor that began it."""
        self._own.append(call)
        for entry in self._around(call.logger):
            if entry.kind and not entry.family:
                return
            entry.is_known = True

    def _around(self, logger: Logger) -> list[Entry]:
        """Return the spans that are open here, innermost first."""
        if logger is not self._to():
            return []
        entry = self._trail.get(trace.get_current_span().get_span_context().span_id)
        return [] if entry is None else [entry, *entry.ancestors()]
