"""Log lines and the calls that they are about."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Iterator
from contextvars import copy_context
from importlib.metadata import entry_points
from typing import Any

import pytest

import llmlog
from llmlog import Logger
from llmlog.testing.records import Records
from llmlog_logging import CallHandler, Correlation, install, uninstall


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what a Logger of its own records; `records.logger` is the Logger."""
    made = Records()
    made.logger = Logger(plugins=[made], environ={}, file=False)
    yield made
    made.logger.close(1)


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """Return a logger of the standard library that nobody else writes to."""
    made = logging.Logger("shop.checkout", logging.DEBUG)  # noqa: LOG001
    yield made
    for handler in list(made.handlers):
        made.removeHandler(handler)


@pytest.fixture
def lines(log: logging.Logger) -> Iterator[io.StringIO]:
    """Return what is written, with its ids, while the ids are installed."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(message)s|%(trace_id)s|%(span_id)s|%(llmlog_id)s"))
    log.addHandler(handler)
    install()
    yield written
    uninstall()


def one(lines: io.StringIO) -> list[str]:
    (line,) = lines.getvalue().splitlines()
    return line.split("|")


def test_a_line_in_a_call_carries_its_ids(
    log: logging.Logger, lines: io.StringIO, records: Records
) -> None:
    assert records.logger is not None
    with records.logger.call(kind="tool", name="t"):
        log.info("here")
    payload = records.one()
    assert one(lines) == ["here", payload.trace_id, payload.span_id, payload.id]


def test_a_line_outside_has_empty_ids(log: logging.Logger, lines: io.StringIO) -> None:
    log.info("here")
    assert one(lines) == ["here", "", "", ""]


def test_the_innermost_call_counts_on_every_way(
    log: logging.Logger, lines: io.StringIO, records: Records
) -> None:
    async def main() -> Any:
        assert records.logger is not None
        logger = records.logger
        async with logger.call(kind="agent"), logger.call(kind="tool") as inner:
            await asyncio.create_task(asyncio.to_thread(log.info, "here"))
            return inner.id

    inner_id = asyncio.run(main())
    assert one(lines)[3] == inner_id


def test_a_thread_knows_what_its_context_knows(
    log: logging.Logger, lines: io.StringIO, records: Records
) -> None:
    assert records.logger is not None
    with records.logger.call(kind="tool") as call:
        thread = threading.Thread(target=copy_context().run, args=(log.info, "here"))
        thread.start()
        thread.join()
    assert one(lines)[3] == call.id


def test_ids_that_a_line_has_stay(log: logging.Logger, lines: io.StringIO) -> None:
    log.addFilter(lambda record: record.__dict__.update(trace_id="theirs") or True)
    log.info("here")
    assert one(lines)[1] == "theirs"


def test_it_is_done_once_and_undone_once() -> None:
    plain = logging.getLogRecordFactory()
    install()
    install()
    uninstall()
    assert logging.getLogRecordFactory() is plain
    uninstall()
    assert logging.getLogRecordFactory() is plain


def test_a_filter_does_it_for_one_handler(log: logging.Logger, records: Records) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Correlation())
    handler.setFormatter(logging.Formatter("%(message)s %(llmlog_session)s %(llmlog_id)s"))
    log.addHandler(handler)
    assert records.logger is not None
    with llmlog.context(session="s-1"), records.logger.call(kind="tool") as call:
        log.info("here")
    assert written.getvalue() == f"here s-1 {call.id}\n"


class TestRecords:
    @pytest.fixture
    def handled(self, log: logging.Logger, records: Records) -> Records:
        log.addHandler(CallHandler(records.logger))
        return records

    def test_a_line_in_a_call_is_a_record_under_it(
        self, log: logging.Logger, handled: Records
    ) -> None:
        assert handled.logger is not None
        with llmlog.context(session="s-1", tags=["x"]), handled.logger.call(kind="tool") as call:
            log.warning("low on %s", "ink", extra={"order": 7})
            log.info("not this one")
        line, around = handled.all()
        assert around.kind == "tool"
        assert (line.kind, line.name, line.status) == ("chain", "log.warning", "success")
        assert line.output_value == {"message": "low on ink"}
        assert (line.trace_id, line.parent_span_id) == (call.span.trace_id, call.span.span_id)
        assert line.ancestor_ids == (call.id,)
        assert (line.session_id, line.tags, line.metadata) == ("s-1", ("x",), {"order": 7})
        assert line.attributes == {"log.logger": "shop.checkout", "log.level": "WARNING"}
        assert line.sdk_version == llmlog.__version__

    def test_an_exception_is_a_failure(self, log: logging.Logger, handled: Records) -> None:
        assert handled.logger is not None
        with handled.logger.call(kind="tool"):
            try:
                raise LookupError("no such city")
            except LookupError:
                log.exception("cannot look up")
        line, _ = handled.all()
        assert line.status == "failure"
        assert line.error is not None
        assert (line.error.type, line.error.message) == ("LookupError", "cannot look up")
        assert "no such city" in str(line.error.stacktrace)

    def test_lines_outside_of_calls_are_left_alone(
        self, log: logging.Logger, handled: Records
    ) -> None:
        log.error("nobody's")
        assert handled.all() == []

    def test_unless_all_are_wanted(self, log: logging.Logger, records: Records) -> None:
        log.addHandler(CallHandler(records.logger, everywhere=True))
        log.error("nobody's")
        payload = records.one()
        assert (payload.parent_span_id, payload.status) == (None, "failure")

    def test_llmlogs_own_lines_are_never_records(self, records: Records) -> None:
        handler = CallHandler(records.logger, everywhere=True)
        handler.handle(logging.makeLogRecord({"name": "llmlog.x", "levelno": 50, "msg": "!"}))
        assert records.all() == []

    def test_what_cannot_be_formatted_disturbs_nobody(
        self, log: logging.Logger, handled: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(logging, "raiseExceptions", False)
        assert handled.logger is not None
        with handled.logger.call(kind="tool"):
            log.warning("%d", "x")
        assert [payload.kind for payload in handled.all()] == ["tool"]


def test_it_is_found_as_a_bridge() -> None:
    (point,) = entry_points(group="llmlog.bridges", name="logging")
    assert point.load() is install
