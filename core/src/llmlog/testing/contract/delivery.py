"""Delivery and partial replies: what becomes of records when the backend does not behave."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

import pytest
from attrs import evolve

from llmlog.delivery.request import Request
from llmlog.testing.contract.encoding import EncodingContract
from llmlog.testing.contract.manners import wait_until
from llmlog.testing.endpoint import Answer, Received, ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample
from llmlog.testing.virtual import VirtualClock


class DeliveryContract(EncodingContract):
    """What happens between a record and its outcome.

    `partial` is what the backend answers when it takes one of two records and rejects the other;
    say it where `read_reply` is declared.
    """

    partial: ClassVar[Answer | None] = None

    def test_what_arrives_is_what_was_encoded(self, endpoint: ScriptedEndpoint) -> None:
        """Method, headers and body come as `encode` made them, compressed or not."""
        large = evolve(sample(), input_messages=sample().input_messages * 30)
        with self.logger(endpoint.url) as logger:
            logger.log(large)
            assert logger.flush(20).complete
        made = self.encode(endpoint.url, large)
        (received,) = endpoint.requests
        assert (received.method, received.content) == (made.method, made.content)
        for header, value in made.headers.items():
            assert received.headers[header] == value

    def test_a_retry_has_equal_bytes(self, endpoint: ScriptedEndpoint) -> None:
        """After a 503 the same request comes again, and the record is delivered once."""
        endpoint.script(Answer(status=503, headers={"retry-after": "0"}, content=b"busy"))
        with self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        first, second = endpoint.requests
        assert first.content == second.content
        assert (stats.delivered, stats.retried) == (1, 1)

    def test_a_wait_that_was_asked_for_is_kept(self, endpoint: ScriptedEndpoint) -> None:
        """`Retry-After` is the least time before the next attempt."""
        endpoint.script(Answer(status=429, headers={"retry-after": "70"}))
        clock = VirtualClock()
        with self.logger(endpoint.url, core={"clock": clock}) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost) == (1, 0)
        assert max(clock.waits) >= 69

    def test_a_broken_connection_is_tried_again(self, endpoint: ScriptedEndpoint) -> None:
        """A connection that ends without an answer loses nothing."""
        endpoint.script(Answer(cut=True))
        with self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, len(endpoint.requests)) == (1, 0, 2)

    def test_silence_is_tried_again(self, endpoint: ScriptedEndpoint) -> None:
        """No answer within `request_timeout_s` loses nothing."""
        endpoint.script(Answer(delay_s=60.0))
        with self.logger(endpoint.url, request_timeout_s=0.2) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, len(endpoint.requests)) == (1, 0, 2)

    def test_a_refused_credential_keeps_the_events(self, endpoint: ScriptedEndpoint) -> None:
        """A 401 loses nothing: the event stays pending and the reason is known."""
        endpoint.default = Answer(status=401, content=b"no")
        logger = self.logger(endpoint.url)
        try:
            logger.log(sample())
            endpoint.wait_for(1)
            assert not logger.flush(0.2).complete
            stats = self.stats(logger)
            assert (stats.pending, stats.lost) == (1, 0)
            assert "401" in (stats.last_error or "")
        finally:
            logger.close(0)

    def test_no_redirect_is_followed(self, endpoint: ScriptedEndpoint) -> None:
        """Records and credentials go to the address in the settings, and to no other."""
        with ScriptedEndpoint() as elsewhere:
            endpoint.default = Answer(status=307, headers={"location": elsewhere.url})
            logger = self.logger(endpoint.url)
            logger.log(sample())
            endpoint.wait_for(1)
            assert not logger.flush(0.2).complete
            logger.close(0)
            assert not elsewhere.requests

    def test_what_is_too_large_goes_in_halves(self, endpoint: ScriptedEndpoint) -> None:
        """After a 413 the halves are delivered; one event alone has no halves."""
        if self.limits(endpoint.url).events == 1:
            pytest.skip("one event per request")
        endpoint.script(Answer(status=413))
        count = 4
        with self.logger(endpoint.url, batch_age_s=5.0) as logger:
            for name in list(SAMPLES)[:count]:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost) == (count, 0)
        assert len(endpoint.requests) >= 3

    def test_what_is_too_large_alone_is_rejected(self, endpoint: ScriptedEndpoint) -> None:
        """After a 413 for one event it is given up, and counted."""
        endpoint.script(Answer(status=413))
        with self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (0, 1, True)

    def test_one_bad_record_harms_no_other(self, endpoint: ScriptedEndpoint) -> None:
        """A 400 for a batch is traced to the record that causes it; the rest is delivered."""
        if 400 in self.exporter.reads:
            pytest.skip("it reads a 400 itself")
        batch = [sample(name) for name in list(SAMPLES)[:5]]
        batch[3] = evolve(batch[3], request_model="poison-model", response_model="poison-model")
        if b"poison-model" not in self.encode(endpoint.url, batch[3]).content:
            pytest.skip("its body does not name the model")
        endpoint.default = _refuse_poison
        with self.logger(endpoint.url, batch_age_s=600.0) as logger:
            for payload in batch:
                logger.log(payload)
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (4, 1, True)

    def test_what_is_rejected_is_kept_on_disk(
        self, endpoint: ScriptedEndpoint, tmp_path: Path
    ) -> None:
        """With a `directory` a rejected record is a dead letter, with its id and the reason."""
        endpoint.default = Answer(status=400, content=b"bad field")
        with self.logger(endpoint.url, core={"directory": tmp_path}) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.dead_lettered, stats.lost) == (1, 0)
        (path,) = tmp_path.rglob("*.jsonl")
        assert sample().id in path.read_text()
        assert "400" in path.read_text()

    def test_a_partial_reply_is_counted_by_record(self, endpoint: ScriptedEndpoint) -> None:
        """Of two records that are answered with `partial`, one is delivered and one rejected."""
        if self.partial is None:
            if self.exporter.read_reply is not None:
                pytest.skip("say what `partial` is")
            return
        endpoint.script(self.partial)
        with self.logger(endpoint.url, batch_age_s=600.0) as logger:
            logger.log(sample("chat"))
            logger.log(sample("failure"))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (1, 1, True)
        assert len(endpoint.requests) == 1

    def test_a_fault_of_the_plugin_is_counted(self, endpoint: ScriptedEndpoint) -> None:
        """Whatever `encode` raises reaches no caller: the record is counted as rejected."""
        broken = evolve(self.exporter, encode=_raise)
        with self.logger(endpoint.url, exporter=broken) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.dropped, stats.balanced) == ({"rejected": 1}, True)
        assert "SystemExit" in (stats.last_error or "")

    def test_the_caller_does_not_wait(self, endpoint: ScriptedEndpoint) -> None:
        """While the backend is silent, callers go on; what does not fit is dropped and counted."""
        endpoint.default = Answer(delay_s=60.0)
        logger = self.logger(endpoint.url, queue_events=2, batch_events=1)
        began_s = time.monotonic()
        for _ in range(20):
            logger.log(sample())
        assert time.monotonic() - began_s < 2.0
        wait_until(lambda: self.stats(logger).accepted == 20)
        stats = self.stats(logger)
        assert stats.pending <= 4
        assert (stats.dropped["queue_full"], stats.balanced) == (20 - stats.pending, True)
        logger.close(0)

    def test_the_end_keeps_its_time(self, endpoint: ScriptedEndpoint) -> None:
        """Closing takes no longer than it may; what is not delivered then is counted."""
        endpoint.default = Answer(status=503)
        logger = self.logger(endpoint.url)
        logger.log(sample())
        endpoint.wait_for(1)
        began_s = time.monotonic()
        logger.close(0.3)
        assert time.monotonic() - began_s < 3.0
        stats = self.stats(logger)
        assert (dict(stats.dropped), stats.pending) == ({"shutdown": 1}, 0)


def _refuse_poison(received: Received) -> Answer:
    bad = b"poison-model" in received.content
    return Answer(status=400 if bad else 200, content=b"bad model" if bad else b"{}")


def _raise(_: object, __: object) -> Request:
    raise SystemExit
