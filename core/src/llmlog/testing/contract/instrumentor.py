"""Instrumentors: what a plugin that records the calls of a model's client promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from llmlog.logger import Logger
from llmlog.registry import INSTRUMENTORS, installed
from llmlog.testing.records import Records


class InstrumentorContract:
    """What an instrumentor promises.

    `client()` makes a client, `ask(client)` makes it succeed and `fail(client)` makes it raise. One
    that has `instrument` and `uninstrument`, for all clients of a library, keeps the promises about
    them too.
    """

    instrumentor: ClassVar[Any]

    def client(self) -> Any:
        """Return a client that needs no network beyond this machine."""
        raise NotImplementedError

    def ask(self, client: Any) -> Any:
        """Make one call that succeeds; return its response."""
        raise NotImplementedError

    def fail(self, client: Any) -> Any:
        """Make one call that raises."""
        raise NotImplementedError

    @pytest.fixture
    def records(self) -> Iterator[Records]:
        """Return the records of a Logger of the test's own."""
        records = Records()
        with Logger(plugins=[records], environ={}, file=False) as logger:
            records.logger = logger
            yield records

    def wrapped(self, records: Records) -> Any:
        """Return a wrapped client."""
        return self.instrumentor.wrap(self.client(), records.logger)

    def test_it_is_found_by_its_name(self) -> None:
        """The entry point, the distribution and the instrumentor have one name."""
        found = installed(INSTRUMENTORS)[self.instrumentor.name]
        assert found.distribution == f"llmlog-{self.instrumentor.name}"
        assert found.load() is self.instrumentor

    def test_it_is_found_for_its_client(self, records: Records) -> None:
        """`llmlog.wrap(client)` finds it by the package of the client's class."""
        assert records.logger is not None
        self.ask(records.logger.wrap(self.client()))
        assert records.one().status == "success"

    def test_the_client_stays_what_it_is(self, records: Records) -> None:
        """The wrapped client is the same object, of the same type."""
        client = self.client()
        kind = type(client)
        wrapped = self.instrumentor.wrap(client, records.logger)
        assert wrapped is client
        assert type(wrapped) is kind

    def test_a_call_is_one_record(self, records: Records) -> None:
        """The response comes back as it is, and the record tells of the call."""
        plain = self.ask(self.client())
        assert type(self.ask(self.wrapped(records))) is type(plain)
        record = records.one()
        assert record.status == "success"
        assert record.timing.duration_ns >= 0
        assert record.request_model or record.name

    def test_an_exception_reaches_the_caller_and_the_record(self, records: Records) -> None:
        """A failed call raises what it raised before, and is one failed record."""
        with pytest.raises(Exception) as plain:  # noqa: PT011  # whatever the client raises
            self.fail(self.client())
        with pytest.raises(type(plain.value)):
            self.fail(self.wrapped(records))
        record = records.one()
        assert record.status == "failure"
        assert record.error is not None
        assert record.error.type == type(plain.value).__name__

    def test_wrapping_twice_records_once(self, records: Records) -> None:
        """A wrapped client that is wrapped again records each call once."""
        self.ask(self.instrumentor.wrap(self.wrapped(records), records.logger))
        assert records.one().status == "success"

    def test_other_clients_stay_unwatched(self, records: Records) -> None:
        """Wrapping one client changes no other."""
        self.wrapped(records)
        self.ask(self.client())
        assert records.all() == []

    @pytest.fixture
    def all_recorded(self, records: Records) -> Iterator[Records]:
        """Return the records of every client of the library."""
        if not hasattr(self.instrumentor, "instrument"):
            pytest.skip("it records clients one by one")
        assert records.logger is not None
        records.logger.instrument(self.instrumentor.name)
        yield records
        self.instrumentor.uninstrument()

    def test_every_client_is_recorded_until_that_is_undone(self, all_recorded: Records) -> None:
        """`instrument` sees each client; `uninstrument` leaves them as they were."""
        before = self.client()
        plain = type(self.ask(before))
        assert type(self.ask(self.client())) is plain
        assert [record.status for record in all_recorded.all()] == ["success", "success"]
        self.instrumentor.uninstrument()
        self.ask(before)
        self.ask(self.client())
        assert len(all_recorded.all()) == 2

    def test_saying_it_twice_or_wrapping_too_records_once(self, all_recorded: Records) -> None:
        """A call is one record, however often its client is asked to be recorded."""
        assert all_recorded.logger is not None
        all_recorded.logger.instrument(self.instrumentor.name)
        self.ask(self.client())
        assert len(all_recorded.all()) == 1
        self.ask(self.wrapped(all_recorded))
        assert len(all_recorded.all()) == 2

    def test_a_client_of_another_logger_is_recorded_there(self, all_recorded: Records) -> None:
        """A client that was wrapped belongs to the Logger that wrapped it."""
        other = Records()
        with Logger(plugins=[other], environ={}, file=False) as other.logger:
            self.ask(self.wrapped(other))
            assert other.one().status == "success"
        assert all_recorded.all() == []
