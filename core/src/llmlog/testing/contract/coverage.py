"""The coverage of an instrumentor: types of call by ways to end, as tests and as a table."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import field, frozen

from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog.testing.wire import PieceServer

OUTCOMES = ("success", "stream", "cancelled", "4xx", "5xx", "timeout", "tool call")
_SEEN = "seen"
_TOO_LONG_S = 30.0


@frozen(kw_only=True)
class Covered:
    """A type of call. `ask(client)` makes one, `stream(client)` returns a stream of its pieces.

    `answer` is what the server says, `pieces` what it streams, `tool` an answer that calls a tool.
    A text in their place is the reason why there is no such thing.
    """

    ask: Callable[[Any], Any]
    answer: Answer
    stream: Callable[[Any], Any] | str
    pieces: Sequence[bytes] = ()
    tool: Answer | str = "the API has no tools here"
    shows: Callable[[Payload], bool] = field(default=lambda _: True)


class CoverageContract:
    """What an instrumentor sees: a table of calls by outcomes, each cell a test or a reason.

    `client(call, url, timeout_s)` makes a client for a type of call, `aclient` an async one, None
    where there is none; `calls` are the types of call; `refusal(status)` is how the API refuses.
    The table is kept in `coverage.json` beside the test and published with the documentation.
    """

    instrumentor: ClassVar[Any]
    calls: ClassVar[Mapping[str, Covered]]
    table: ClassVar[Path]
    content_type: ClassVar[str] = "text/event-stream"

    def client(self, call: str, url: str, timeout_s: float) -> Any:
        """Return a client that asks once, and waits so long."""
        raise NotImplementedError

    def aclient(self, call: str, url: str, timeout_s: float) -> Any:
        """Return an async client, None where the library has none."""
        raise NotImplementedError

    def refusal(self, status: int) -> Answer:
        """Return what the API answers with an error's status."""
        raise NotImplementedError

    @pytest.fixture
    def records(self) -> Iterator[Records]:
        """Return the records of a Logger of the test's own."""
        records = Records()
        with Logger(plugins=[records], environ={}, file=False) as logger:
            records.logger = logger
            yield records

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each cell."""
        if "outcome" in metafunc.fixturenames:
            cells = [(call, outcome) for call in self.calls for outcome in OUTCOMES]
            ids = [f"{call}-{outcome}" for call, outcome in cells]
            metafunc.parametrize(("call", "outcome"), cells, ids=ids)

    def test_a_call_is_one_true_record(self, call: str, outcome: str, records: Records) -> None:
        """Each type of call, ended in each way, is one record that says how it ended."""
        covered = self.calls[call]
        reason = self.reason(call, outcome)
        if reason is not None:
            assert len(reason.split()) > 2, "a cell that is empty needs a reason"
            return
        getattr(self, f"see_{outcome.replace(' ', '_')}")(call, covered, records)
        payload = records.one()
        assert payload.request_model or payload.name or payload.kind == "batch"
        assert payload.timing.duration_ns > 0

    def test_the_table_is_the_one_that_is_published(self) -> None:
        """`coverage.json` says what the tests saw; LLMLOG_UPDATE_GOLDEN=1 writes it anew."""
        made = {call: {outcome: self.reason(call, outcome) or _SEEN for outcome in OUTCOMES}
                for call in self.calls}  # fmt: skip
        if os.environ.get("LLMLOG_UPDATE_GOLDEN"):
            self.table.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        assert json.loads(self.table.read_text(encoding="utf-8")) == made

    def reason(self, call: str, outcome: str) -> str | None:
        """Return why there is nothing to see in a cell, None where there is."""
        covered = self.calls[call]
        said = {"stream": covered.stream, "tool call": covered.tool}.get(outcome)
        if outcome == "cancelled" and isinstance(covered.stream, str):
            lonely = self.aclient(call, "http://127.0.0.1:9", 1.0) is None
            return "no stream to close, no async client to cancel" if lonely else None
        return said if isinstance(said, str) else None

    def wrapped(self, call: str, records: Records, url: str, timeout_s: float = _TOO_LONG_S) -> Any:
        """Return a client that is recorded."""
        return self.instrumentor.wrap(self.client(call, url, timeout_s), records.logger)

    def see_success(self, call: str, covered: Covered, records: Records) -> None:
        """See an answer."""
        with ScriptedEndpoint(default=covered.answer) as endpoint:
            covered.ask(self.wrapped(call, records, endpoint.url))
        payload = records.one()
        assert (payload.status, payload.stream) == ("success", False)
        assert covered.shows(payload)

    def see_stream(self, call: str, covered: Covered, records: Records) -> None:
        """See a stream that is read to its end."""
        assert callable(covered.stream)
        with PieceServer(covered.pieces, "end", self.content_type) as server:
            client = self.wrapped(call, records, server.url)
            assert list(covered.stream(client))
        payload = records.one()
        assert (payload.status, payload.stream) == ("success", True)
        assert payload.output_messages or payload.output_value is not None
        assert payload.chunks is not None

    def see_cancelled(self, call: str, covered: Covered, records: Records) -> None:
        """See a stream that is closed early, or a call whose task is cancelled."""
        if isinstance(covered.stream, str):
            asyncio.run(self._cancel(call, covered, records))
        else:
            with PieceServer(covered.pieces[:2], "hang", self.content_type) as server:
                client = self.wrapped(call, records, server.url)
                stream = covered.stream(client)
                assert next(iter(stream)) is not None
                stream.close()
                del stream
        assert records.one().status == "aborted"

    async def _cancel(self, call: str, covered: Covered, records: Records) -> None:
        with ScriptedEndpoint(default=Answer(delay_s=_TOO_LONG_S)) as endpoint:
            client = self.aclient(call, endpoint.url, _TOO_LONG_S)
            self.instrumentor.wrap(client, records.logger)
            task = asyncio.ensure_future(covered.ask(client))
            await asyncio.to_thread(endpoint.wait_for, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    def see_4xx(self, call: str, covered: Covered, records: Records) -> None:
        """See a refusal."""
        self._see_refusal(call, covered, records, 400)

    def see_5xx(self, call: str, covered: Covered, records: Records) -> None:
        """See a breakdown."""
        self._see_refusal(call, covered, records, 503)

    def _see_refusal(self, call: str, covered: Covered, records: Records, status: int) -> None:
        with ScriptedEndpoint(default=self.refusal(status)) as endpoint:
            client = self.wrapped(call, records, endpoint.url)
            with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the client raises
                covered.ask(client)
        payload = records.one()
        assert (payload.status, payload.cost) == ("failure", None)
        assert payload.error is not None
        assert payload.error.status_code == status
        assert payload.error.retryable is (status >= 500)

    def see_timeout(self, call: str, covered: Covered, records: Records) -> None:
        """See a server that says nothing."""
        with ScriptedEndpoint(default=Answer(delay_s=_TOO_LONG_S)) as endpoint:
            client = self.wrapped(call, records, endpoint.url, 0.3)
            with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the client raises
                covered.ask(client)
        payload = records.one()
        assert payload.status == "failure"
        assert payload.error is not None
        assert payload.error.status_code is None
        assert payload.error.retryable is True

    def see_tool_call(self, call: str, covered: Covered, records: Records) -> None:
        """See an answer that calls a tool."""
        assert isinstance(covered.tool, Answer)
        with ScriptedEndpoint(default=covered.tool) as endpoint:
            covered.ask(self.wrapped(call, records, endpoint.url))
        (message,) = records.one().output_messages
        (asked,) = message.tool_calls
        assert (asked.name, asked.arguments) == ("get_weather", {"city": "Oslo"})
