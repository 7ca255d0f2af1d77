"""What each reply means for the batch."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from llmlog import Delivered, Rejected, Reply
from llmlog.logger import Logger
from llmlog.otlp import read_reply
from llmlog.testing.contract import lane_stats
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.samples import sample

BATCH = [sample("chat"), sample("stream"), sample("tools")]
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json; charset=utf-8"}


def partly(rejected: int, message: str) -> bytes:
    """Return a partial success as bytes."""
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    return ExportTraceServiceResponse(partial_success=partial).SerializeToString()


def test_an_empty_reply_leaves_the_status_to_speak() -> None:
    assert read_reply(Reply(200, PROTOBUF, b""), BATCH) is None
    assert read_reply(Reply(200, JSON, b"{}"), BATCH) is None
    assert read_reply(Reply(200, JSON, b"[]"), BATCH) is None


def test_a_reply_that_is_no_otlp_leaves_the_status_to_speak() -> None:
    assert read_reply(Reply(200, PROTOBUF, b"<html>"), BATCH) is None
    assert read_reply(Reply(200, JSON, b'{"partialSuccess": 3}'), BATCH) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, PROTOBUF, partly(1, "too old")),
        Reply(200, {}, partly(1, "too old")),
        Reply(200, JSON,
              b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"},"new":1}'),
    ],
)  # fmt: skip
def test_rejected_spans_are_counted(reply: Reply) -> None:
    outcomes = read_reply(reply, BATCH)
    assert outcomes is not None
    assert [type(outcome) for outcome in outcomes] == [Delivered, Delivered, Rejected]
    assert outcomes[2] == Rejected("1 of 3 spans rejected: too old")


def test_a_warning_rejects_nothing() -> None:
    outcomes = read_reply(Reply(200, PROTOBUF, partly(0, "slow down")), BATCH)
    assert outcomes == [Delivered("slow down")] * 3


def test_a_nonsensical_count_rejects_nothing() -> None:
    outcomes = read_reply(Reply(200, PROTOBUF, partly(-4, "?")), BATCH)
    assert outcomes == [Delivered("?")] * 3


def test_more_rejected_than_sent_rejects_the_batch() -> None:
    outcomes = read_reply(Reply(200, PROTOBUF, partly(9, "no")), BATCH)
    assert outcomes == [Rejected("3 of 3 spans rejected: no")] * 3


class TestDelivery:
    """The same through the whole of llmlog, against an endpoint on loopback."""

    def account(self, answer: Answer, events: int = 3) -> tuple[int, int, int, int]:
        """Return delivered, lost, retried and the number of requests after one answer."""
        with ScriptedEndpoint(answer) as endpoint:
            values = {"endpoint": endpoint.url, "batch_age_s": 5.0}
            with Logger(plugins=["otel"], environ={}, file=False, plugin={"otel": values}) as log:
                for payload in BATCH[:events]:
                    log.log(payload)
                assert log.flush(20).complete
                stats = lane_stats(log)
            return stats.delivered, stats.lost, stats.retried, len(endpoint.requests)

    def test_a_partial_success_is_never_sent_again(self) -> None:
        answer = Answer(content=partly(2, "no"), headers=PROTOBUF)
        assert self.account(answer) == (1, 2, 0, 1)

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_what_otlp_calls_retryable_is_tried_again(self, status: int) -> None:
        answer = Answer(status=status, headers={"retry-after": "0"}, content=b"busy")
        assert self.account(answer) == (3, 0, 1, 2)

    @pytest.mark.parametrize("status", [408, 500, 507])
    def test_what_otlp_calls_final_is_not(self, status: int) -> None:
        assert self.account(Answer(status=status, content=b"broken")) == (0, 3, 0, 1)
