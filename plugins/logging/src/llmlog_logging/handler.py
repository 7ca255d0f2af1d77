"""Log lines as records of their own, under the call that they were written in."""

from __future__ import annotations

import logging
from typing import Any

from llmlog import Error, Logger, Payload, Timing, get_logger
from llmlog.bridging import Span, ambient, current_span, id_text, new_id, span_of
from llmlog.bridging import plain as made_plain

_OWN = "llmlog"
_ERROR = logging.ERROR
_STANDARD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})
_IDS = frozenset({"trace_id", "span_id", "llmlog_id", "llmlog_session"})


class CallHandler(logging.Handler):
    """Makes a record of kind `chain` of each log line that is written inside a call.

    Lines outside of calls are none of its business unless `everywhere` is set, nor are those of
    llmlog itself. `logger` is where records go; None means llmlog's default Logger. The level is
    that of any handler.
    """

    def __init__(
        self, logger: Logger | None = None, level: int = logging.WARNING, *,
        everywhere: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(level)
        self._logger = logger
        self._everywhere = everywhere

    def emit(self, record: logging.LogRecord) -> None:
        """Make a record of a log line."""
        around = current_span.get()
        if record.name.partition(".")[0] == _OWN or (around is None and not self._everywhere):
            return
        try:
            payload = self._payload(record, around)
        except Exception:  # noqa: BLE001  # as every handler of the standard library does
            self.handleError(record)
            return
        (self._logger or get_logger()).log(payload)

    def _payload(self, record: logging.LogRecord, around: Span | None) -> Payload:
        when_ns = int(record.created * 1e9)
        number = new_id(when_ns)
        span, within = span_of(number, around), ambient.get()
        return Payload(
            id=id_text(number),
            kind="chain",
            status="failure" if record.levelno >= _ERROR else "success",
            timing=Timing(start_unix_ns=when_ns, end_unix_ns=when_ns),
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_span_id=around.span_id if around else None,
            ancestor_ids=tuple(map(id_text, around.path)) if around else (),
            name=f"log.{record.levelname.lower()}",
            output_value={"message": record.getMessage()},
            error=self._error(record),
            session_id=within.get("session"),
            user_id=within.get("user"),
            tags=tuple(map(str, within.get("tags", ()))),
            metadata={**within.get("metadata", {}), **_extra(record)},
            attributes={"log.logger": record.name, "log.level": record.levelname},
        )

    def _error(self, record: logging.LogRecord) -> Error | None:
        if record.levelno < _ERROR:
            return None
        problem = record.exc_info[1] if record.exc_info else None
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        return Error(
            type=type(problem).__name__ if problem else record.levelname,
            message=record.getMessage(),
            stacktrace=trace,
        )


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the application gave as `extra`."""
    given = {name: value for name, value in vars(record).items()
             if name not in _STANDARD and name not in _IDS}  # fmt: skip
    made, _ = made_plain(given)
    return made if isinstance(made, dict) else {}
