"""Ids of the call around, on every log record."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from llmlog.bridging import ambient, current_span, id_text

Factory = Callable[..., logging.LogRecord]
_NOTHING = ""


def correlate(record: logging.LogRecord) -> logging.LogRecord:
    """Put the ids of the call around on a log record, empty texts where there is none.

    `trace_id` and `span_id` are hexadecimal, `llmlog_id` is the id of the call's record,
    `llmlog_session` the session of the `llmlog.context` around.
    """
    span = current_span.get()
    facts = {
        "trace_id": span.trace_id if span else _NOTHING,
        "span_id": span.span_id if span else _NOTHING,
        "llmlog_id": id_text(span.path[-1]) if span and span.path else _NOTHING,
        "llmlog_session": ambient.get().get("session") or _NOTHING,
    }
    for name, value in facts.items():
        if not record.__dict__.get(name):
            record.__dict__[name] = value
    return record


class Correlation(logging.Filter):
    """A filter that lets everything pass, with the ids of the call around.

    On a handler it sees what reaches that handler; on the thread where the line was written.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the ids on a record; always true."""
        correlate(record)
        return True


class _Factory:
    """Makes log records as before, with the ids on them."""

    def __init__(self, plain: Factory) -> None:
        self.plain = plain

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        return correlate(self.plain(*args, **kwargs))


def install() -> None:
    """Put the ids on every log record of the process; saying it twice does it once."""
    plain = logging.getLogRecordFactory()
    if not isinstance(plain, _Factory):
        logging.setLogRecordFactory(_Factory(plain))


def uninstall() -> None:
    """Undo `install`, unless another factory has been put around it since."""
    made = logging.getLogRecordFactory()
    if isinstance(made, _Factory):
        logging.setLogRecordFactory(made.plain)
