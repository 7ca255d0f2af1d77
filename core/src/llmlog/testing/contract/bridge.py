"""Bridges: what a plugin that turns another library's tales into records promises."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, ClassVar
from uuid import UUID

import pytest

import llmlog
from llmlog.logger import Logger
from llmlog.registry import BRIDGES
from llmlog.testing.records import Records


class BridgeContract:
    """What a bridge promises.

    `connect(logger)` ties the other library to a Logger and returns whatever the other methods
    need; `disconnect` unties it. `ask` makes one call of a model that succeeds and `fail` one that
    raises. `model` says that a call is one of a model, which has messages.
    """

    name: ClassVar[str]

    def connect(self, logger: Logger) -> Any:
        """Tie the library to the Logger."""
        raise NotImplementedError

    def disconnect(self, connected: Any) -> None:
        """Untie the library, where that is needed."""

    def ask(self, connected: Any) -> Any:
        """Make one call that succeeds."""
        raise NotImplementedError

    def fail(self, connected: Any) -> Any:
        """Make one call that raises."""
        raise NotImplementedError

    @pytest.fixture
    def records(self) -> Iterator[Records]:
        """Return the records of a Logger of the test's own."""
        records = Records()
        settings: Any = {"service": "shop", "environment": "test"}
        with Logger(plugins=[records], environ={}, file=False, **settings) as logger:
            records.logger = logger
            yield records

    @pytest.fixture
    def connected(self, records: Records) -> Iterator[Any]:
        """Return the library, tied to the test's Logger."""
        assert records.logger is not None
        connected = self.connect(records.logger)
        yield connected
        self.disconnect(connected)

    def test_it_is_found_by_its_name(self) -> None:
        """The entry point of the group `llmlog.bridges` and the distribution have one name."""
        (point,) = entry_points(group=BRIDGES, name=self.name)
        assert point.dist is not None
        assert point.dist.name == f"llmlog-{self.name}"
        assert point.load() is not None

    def test_a_call_is_one_record(self, connected: Any, records: Records) -> None:
        """A call that succeeds is one successful record of the kind that asks a model."""
        self.ask(connected)
        record = records.one()
        assert (record.status, record.kind) == ("success", "chat")
        assert record.input_messages
        assert record.output_messages
        assert record.timing.duration_ns >= 0

    def test_its_ids_are_those_of_every_record(self, connected: Any, records: Records) -> None:
        """The id is a UUIDv7, trace and span ids have the digits of W3C's."""
        self.ask(connected)
        record = records.one()
        assert UUID(record.id).version == 7
        assert len(record.trace_id) == 32
        assert int(record.trace_id, 16)
        assert len(record.span_id) == 16
        assert int(record.span_id, 16)

    def test_the_loggers_facts_are_there(self, connected: Any, records: Records) -> None:
        """Service, environment, host and version are those of the Logger."""
        self.ask(connected)
        record = records.one()
        assert (record.service_name, record.environment) == ("shop", "test")
        assert (record.sdk_version, bool(record.host_name)) == (llmlog.__version__, True)

    def test_an_exception_reaches_the_caller_and_the_record(
        self, connected: Any, records: Records
    ) -> None:
        """A call that fails raises as before, and is one failed record."""
        with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the library raises
            self.fail(connected)
        record = records.one()
        assert record.status == "failure"
        assert record.error is not None
        assert record.error.type

    def test_a_block_around_it_counts(self, connected: Any, records: Records) -> None:
        """Session, user, tags and metadata of `llmlog.context` are the record's."""
        with llmlog.context(session="s-1", user="u-1", tags=["checkout"], metadata={"order": 7}):
            self.ask(connected)
        record = records.one()
        assert (record.session_id, record.user_id) == ("s-1", "u-1")
        assert "checkout" in record.tags
        assert record.metadata["order"] == 7

    def test_a_call_around_it_is_its_parent(self, connected: Any, records: Records) -> None:
        """A call made inside a call of llmlog is in its trace, under it."""
        assert records.logger is not None
        with records.logger.call(kind="agent", name="around") as around:
            self.ask(connected)
        (record,) = (each for each in records.all() if each.kind == "chat")
        assert (record.trace_id, record.parent_span_id) == (
            around.span.trace_id, around.span.span_id,
        )  # fmt: skip
        assert record.ancestor_ids == (around.id,)

    def test_a_closed_logger_disturbs_nobody(self, connected: Any, records: Records) -> None:
        """The library works on when the Logger is closed."""
        assert records.logger is not None
        records.logger.close(1)
        self.ask(connected)
        assert records.all() == []
