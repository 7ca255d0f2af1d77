"""Encoding and limits: what an `HTTPExporter` makes of records."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, get_args

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog.delivery.outcome import Delivered, Rejected, Retryable, Verdict
from llmlog.delivery.request import Reply, Request
from llmlog.exporter import HTTPExporter, Limits, limits_of
from llmlog.lean import lighten
from llmlog.message import Message, Text
from llmlog.payload import Payload
from llmlog.schema import to_dict, to_json
from llmlog.testing.contract.manners import MannersContract
from llmlog.testing.endpoint import ScriptedEndpoint
from llmlog.testing.golden import check_golden
from llmlog.testing.samples import SAMPLES, sample
from llmlog.testing.strategies import payloads

NOWHERE = "http://127.0.0.1:1"
BODIES = (b"", b"{}", b"[]", b"null", b'"text"', b"\xff\xfe", b"<html></html>", b'{"errors": 1}',
          b'[{"status": []}]', b'{"error": {"message": null}, "items": "x"}')  # fmt: skip


class EncodingContract(MannersContract):
    """What `encode`, `read_reply` and `limits` promise.

    `golden` names the file of `tests/golden/` that holds each sample as `encode` sends it; None
    where a test of the plugin's own compares them. `readable` says what of a request is kept.
    """

    exporter: ClassVar[HTTPExporter[Any]]
    golden: ClassVar[str | None] = "samples"

    def readable(self, request: Request) -> Any:
        """Return a request with one record as JSON data: its body, or the only item of it."""
        text = request.content.decode()
        try:
            body = json.loads(text)
        except ValueError:
            return _lines(text)
        return body[0] if isinstance(body, list) and len(body) == 1 else body

    def test_every_sample_is_as_the_golden_file_says(self) -> None:
        """A person has read what is sent of each sample; `LLMLOG_UPDATE_GOLDEN=1` writes it."""
        if self.golden is None:
            pytest.skip("a test of its own compares the samples")
        made = {name: self.readable(self.encode(NOWHERE, sample(name))) for name in SAMPLES}
        tests = Path(inspect.getfile(type(self))).parent
        check_golden(tests / "golden" / f"{self.golden}.json", made)

    def encode(self, place: str, *batch: Payload) -> Request:
        """Return the wire form of a batch."""
        return self.exporter.encode(self.settings_object(place), batch)

    def limits(self, place: str) -> Limits:
        """Return the limits under the test's settings."""
        return limits_of(self.exporter, self.settings_object(place))

    @pytest.mark.parametrize("name", SAMPLES)
    def test_encode_is_pure(self, name: str) -> None:
        """Equal payloads give equal bytes, lean ones too, and stay as they were."""
        payload = sample(name)
        before = json.dumps(to_dict(payload))
        first = self.encode(NOWHERE, payload)
        assert json.dumps(to_dict(payload)) == before
        assert self.encode(NOWHERE, sample(name)) == first
        to_json(payload)
        lighten(payload)
        assert self.encode(NOWHERE, payload) == first
        assert first.url.startswith(("http://", "https://"))

    @hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(payload=payloads())
    def test_encode_takes_any_payload(self, payload: Payload) -> None:
        """Whatever a payload holds, there is a wire form of it, and the same one twice."""
        first = self.encode(NOWHERE, payload)
        assert isinstance(first.content, bytes)
        assert self.encode(NOWHERE, payload) == first

    def test_headers_can_be_sent(self) -> None:
        """Names of headers are lower case, values are texts of one line."""
        for name in SAMPLES:
            for header, value in self.encode(NOWHERE, sample(name)).headers.items():
                assert header == header.lower()
                assert value.isprintable(), header
                assert value.isascii(), header

    def test_every_record_of_a_batch_is_in_it(self) -> None:
        """Leave one record out, success or failure, and the body is a shorter one."""
        if self.limits(NOWHERE).events == 1:
            pytest.skip("one event per request")
        batch = [sample(name) for name in SAMPLES]
        whole = len(self.encode(NOWHERE, *batch).content)
        for number, name in enumerate(SAMPLES):
            rest = self.encode(NOWHERE, *batch[:number], *batch[number + 1 :])
            assert len(rest.content) < whole, name

    def test_no_two_records_look_alike(self) -> None:
        """Each record has a wire form of its own."""
        forms = [self.encode(NOWHERE, sample(name)) for name in SAMPLES]
        assert len({(form.url, form.content) for form in forms}) == len(SAMPLES)

    def test_an_odd_reply_is_survived(self) -> None:
        """Whatever the backend says, `read_reply` has no answer, or one for all or each record."""
        if self.exporter.read_reply is None:
            return
        batch = [sample("chat"), sample("failure")]
        for status in (200, 207, *self.exporter.reads):
            for body in BODIES:
                for kind in ("application/json", "text/html"):
                    reply = Reply(status, {"content-type": kind}, body)
                    said = self.exporter.read_reply(reply, batch)
                    if said is None or isinstance(said, get_args(Verdict)):
                        continue
                    assert isinstance(said, Sequence), body
                    assert len(said) == len(batch), body
                    for outcome in said:
                        assert isinstance(outcome, (Delivered, Retryable, Rejected)), body

    def test_no_request_holds_more_records_than_allowed(self, endpoint: ScriptedEndpoint) -> None:
        """`batch_events` bounds each request."""
        with self.logger(endpoint.url, batch_events=2, batch_age_s=600.0) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
        assert len(endpoint.requests) >= len(SAMPLES) / 2

    def test_no_request_is_over_the_limit(self, endpoint: ScriptedEndpoint) -> None:
        """A batch that is too large is split."""
        single = len(self.encode(endpoint.url, sample("chat")).content)
        limits = evolve(self.limits(endpoint.url), bytes=single * 2, event_bytes=single + 10)
        limited = evolve(self.exporter, limits=limits)
        with self.logger(endpoint.url, exporter=limited, batch_age_s=600.0) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered + stats.lost, stats.balanced) == (len(SAMPLES), True)
        assert stats.delivered >= 1
        assert max(len(request.content) for request in endpoint.requests) <= single * 2

    def test_a_record_that_is_too_large_is_cut(self, endpoint: ScriptedEndpoint) -> None:
        """A record that is too large alone loses what is long in it, and arrives."""
        limit = len(self.encode(endpoint.url, sample("chat")).content) + 20_000
        limited = evolve(self.exporter, limits=evolve(
            self.limits(endpoint.url), bytes=limit, event_bytes=limit
        ))  # fmt: skip
        said = Message(role="user", parts=[Text(content="long " * 50_000)])
        with self.logger(endpoint.url, exporter=limited) as logger:
            logger.log(evolve(sample("chat"), input_messages=[said]))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost) == (1, 0), stats.last_error
        assert max(len(request.content) for request in endpoint.requests) <= limit


def _lines(text: str) -> list[Any]:
    """Return the lines of a body, read as JSON if all of them can be."""
    lines = text.splitlines()
    try:
        return [json.loads(line) for line in lines if line]
    except ValueError:
        return list(lines)
