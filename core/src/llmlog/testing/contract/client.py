"""Clients: what a `ClientExporter` promises."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from attrs import evolve

from llmlog.delivery.outcome import Delivered, Rejected, Retryable
from llmlog.exporter import ClientExporter, limits_of
from llmlog.identity import id_text, new_id
from llmlog.payload import Payload
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.contract.exporter import BrokenRedactor
from llmlog.testing.contract.manners import wait_until
from llmlog.testing.contract.matrix import ClientMatrix
from llmlog.testing.samples import SAMPLES, sample


class ClientContract(ClientMatrix):
    """What a `ClientExporter` promises."""

    exporter: ClassVar[ClientExporter[Any, Any]]

    def test_every_sample_is_there_afterwards(self, place: str) -> None:
        """The destination holds the id of each record, success or failure."""
        self._deliver(place, *(sample(name) for name in SAMPLES))
        found = self.everything(place)
        for name in SAMPLES:
            assert sample(name).id in found, name

    def test_there_is_an_outcome_for_each_record(self, place: str) -> None:
        """`send` returns one verdict, or an outcome for every record of the batch."""
        spy = Spy(self.exporter)
        with self.logger(place, exporter=spy.exporter, batch_age_s=600.0) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
        for batch, answer in spy.sent:
            assert not isinstance(answer, Sequence) or len(answer) == len(batch)

    def test_no_batch_holds_more_records_than_allowed(self, place: str) -> None:
        """`batch_events` bounds each batch."""
        spy = Spy(self.exporter)
        with self.logger(place, exporter=spy.exporter, batch_events=2, batch_age_s=600.0) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
        assert max(len(batch) for batch, _ in spy.sent) <= 2

    def test_a_lost_connection_keeps_the_events(self, place: str) -> None:
        """After it the client is closed, a new one opened, and the batch comes again."""
        spy = Spy(self.exporter, _first_fails(_error(self.exporter.retryable)))
        with self.logger(place, exporter=spy.exporter) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
            assert (spy.connected, spy.closed) == (2, 1)
        assert (stats.delivered, stats.lost, stats.retried) == (1, 0, 1)
        assert sample().id in self.everything(place)

    def test_without_a_client_the_events_wait(self, place: str) -> None:
        """Whatever `connect` raises loses nothing, and the reason is known."""
        broken = evolve(self.exporter, connect=_cannot)
        logger = self.logger(place, exporter=broken)
        try:
            logger.log(sample())
            wait_until(lambda: self.stats(logger).last_error is not None)
            stats = self.stats(logger)
            assert (stats.pending, stats.lost) == (1, 0)
            assert "no such host" in (stats.last_error or "")
        finally:
            logger.close(0)

    def test_a_partial_answer_is_counted_by_record(self, place: str) -> None:
        """What is delivered does not come again; what is retryable does; the rest is rejected."""
        spy = Spy(self.exporter, _half)
        with self.logger(place, exporter=spy.exporter, batch_age_s=600.0) as logger:
            for name in ("chat", "stream", "failure"):
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
        assert [len(batch) for batch, _ in spy.sent] == [3, 1]

    def test_one_bad_record_harms_no_other(self, place: str) -> None:
        """An exception that is not `retryable` rejects the record that causes it, alone."""
        spy = Spy(self.exporter, _poisoned)
        with self.logger(place, exporter=spy.exporter, batch_age_s=600.0) as logger:
            for name in list(SAMPLES)[:5]:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (4, 1, True)
        assert "SystemExit" in (stats.last_error or "")

    def test_every_client_is_closed_once(self, place: str) -> None:
        """At the end, and not before its last batch."""
        spy = Spy(self.exporter)
        with self.logger(place, exporter=spy.exporter) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
                assert logger.flush(20).complete
            assert (spy.connected, spy.closed) == (1, 0)
        assert (spy.connected, spy.closed) == (1, 1)

    def test_clients_at_once_get_in_each_others_way_nowhere(self, place: str) -> None:
        """As many send side by side as `concurrency` declares, and every record arrives."""
        if (limits_of(self.exporter, self.settings_object(place)).concurrency or 1) == 1:
            pytest.skip("one client: `concurrency` is not declared")
        crowd = Crowd()
        spy = Spy(self.exporter, crowd.send)
        sent: list[str] = []
        with self.logger(place, exporter=spy.exporter, batch_events=1) as logger:
            end_s = time.monotonic() + 60
            while crowd.most == 1 and time.monotonic() < end_s:
                sent += (id_text(new_id()) for _ in range(50))
                for each in sent[-50:]:
                    logger.log(evolve(sample("bare"), id=each))
                assert logger.flush(60).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (len(sent), 0, True)
        assert crowd.most > 1
        assert spy.connected == spy.closed > 1
        found = self.everything(place)
        assert [each for each in sent if each not in found] == []

    def test_hidden_content_is_not_there(self, place: str) -> None:
        """With `content = "none"` nothing that was said arrives, in successes and failures."""
        marked = [with_canary(sample(name)) for name in SAMPLES]
        self._deliver(place, *marked, content="none")
        found = self.everything(place)
        assert marked[0].id in found
        assert CANARY not in found

    def test_hidden_metadata_is_not_there(self, place: str) -> None:
        """What `hide_metadata` names stays here."""
        marked = evolve(sample(), metadata={"private": CANARY, "order": 42})
        self._deliver(place, marked, hide_metadata=["private"])
        assert marked.id in self.everything(place)
        assert CANARY not in self.everything(place)

    def test_a_failing_redactor_hides_more(self, place: str) -> None:
        """When a `redact` hook raises, no content arrives, and no metadata."""
        marked = evolve(with_canary(sample("failure")), metadata={"private": CANARY})
        self._deliver(place, marked, also=[BrokenRedactor()])
        assert marked.id in self.everything(place)
        assert CANARY not in self.everything(place)

    def test_no_credential_is_there(self, place: str) -> None:
        """The destination holds no credential."""
        self._deliver(place, sample())
        for secret in self.secrets(place):
            assert secret not in self.everything(place)

    def _deliver(self, place: str, *payloads: Payload, **options: Any) -> None:
        with self.logger(place, **options) as logger:
            for payload in payloads:
                logger.log(payload)
            assert logger.flush(20).complete
            assert self.stats(logger).lost == 0


class Spy:
    """Watches an exporter's client come and go; `instead` may stand in for `send`."""

    def __init__(self, exporter: ClientExporter[Any, Any], instead: Any = None) -> None:
        self._watched = exporter
        self._instead = instead
        self._lock = threading.Lock()
        self.connected = 0
        self.closed = 0
        self.sent: list[tuple[Sequence[Payload], Any]] = []
        self.exporter = evolve(exporter, connect=self._connect, send=self._send, close=self._close)

    def _connect(self, settings: Any) -> Any:
        with self._lock:
            self.connected += 1
        return self._watched.connect(settings)

    def _send(self, client: Any, settings: Any, batch: Sequence[Payload]) -> Any:
        def send(some: Sequence[Payload]) -> Any:
            return self._watched.send(client, settings, some)

        with self._lock:
            number = len(self.sent)
            self.sent.append((batch, None))
        answer = self._instead(send, batch, number + 1) if self._instead else send(batch)
        self.sent[number] = (batch, answer)
        return answer

    def _close(self, client: Any) -> None:
        with self._lock:
            self.closed += 1
        self._watched.close(client)


class Crowd:
    """Makes each `send` take 5 ms longer, and counts how many are at it at once."""

    def __init__(self) -> None:
        self.most = 1
        self._now = 0
        self._lock = threading.Lock()

    def send(self, send: Any, batch: Sequence[Payload], _: int) -> Any:
        """Stand in for the `send` that is given."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            time.sleep(0.005)
            return send(batch)
        finally:
            with self._lock:
                self._now -= 1


def _error(retryable: Sequence[type[BaseException]]) -> BaseException:
    """Return one of the exceptions that can be made without arguments."""
    for kind in retryable:
        try:
            return kind()
        except TypeError:
            continue
    return OSError()


def _first_fails(problem: BaseException) -> Any:
    def instead(send: Any, batch: Sequence[Payload], number: int) -> Any:
        if number == 1:
            raise problem
        return send(batch)

    return instead


def _half(send: Any, batch: Sequence[Payload], number: int) -> Any:
    if number > 1:
        return send(batch)
    send(batch[:1])
    return [Delivered(), Retryable("busy"), Rejected("never")]


def _poisoned(send: Any, batch: Sequence[Payload], _: int) -> Any:
    if any(payload.id == sample("tools").id for payload in batch):
        raise SystemExit
    return send(batch)


def _cannot(_: object) -> Any:
    message = "no such host"
    raise RuntimeError(message)
