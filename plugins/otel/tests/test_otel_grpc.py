"""OTLP over gRPC against a server of grpcio's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from llmlog import Delivered, Rejected, Retryable, Secret
from llmlog.delivery.outcome import Refused, TooLarge
from llmlog.logger import Logger
from llmlog.testing.contract import ClientContract, lane_stats
from llmlog.testing.samples import SAMPLES, sample
from llmlog_otel import Settings, exporter
from llmlog_otel.exporter import grpc_exporter

Script = Callable[[grpc.ServicerContext], ExportTraceServiceResponse]


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Remembers what it got and answers as it was told."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.metadata: list[dict[str, Any]] = []
        self.answer: Script = lambda _: ExportTraceServiceResponse()
        self.target = ""

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Take a batch."""
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        return self.answer(context)


RUNNING: dict[str, Collector] = {}


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Return a running collector; while it runs it is in `RUNNING` by its address."""
    made = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(made, server)
    made.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    RUNNING[f"http://{made.target}"] = made
    yield made
    server.stop(None).wait()


def deliver(settings: Settings, *names: str) -> Any:
    """Send samples once; return the answer."""
    client = grpc_exporter.connect(settings)
    try:
        return grpc_exporter.send(client, settings, [sample(name) for name in names])
    finally:
        grpc_exporter.close(client)


def settings_for(collector: Collector, **values: Any) -> Settings:
    """Return settings that reach the collector."""
    return Settings(endpoint=f"http://{collector.target}", protocol="grpc", **values)


def test_every_sample_arrives_as_over_http(collector: Collector) -> None:
    settings = settings_for(collector, headers=Secret("x-key=fake%20key"))
    assert deliver(settings, *SAMPLES) == [Delivered("")] * len(SAMPLES)
    over_http = exporter.encode(Settings(), [sample(name) for name in SAMPLES])
    assert collector.requests == [ExportTraceServiceRequest.FromString(over_http.content)]
    assert collector.metadata[0]["x-key"] == "fake key"


def test_an_address_without_a_scheme_is_taken_with_insecure(collector: Collector) -> None:
    settings = Settings(endpoint=collector.target, protocol="grpc", insecure=True)
    assert deliver(settings, "chat") == [Delivered("")]


def test_bodies_are_sent_without_compression_if_told_so(collector: Collector) -> None:
    assert deliver(settings_for(collector, compression="none"), "chat") == [Delivered("")]


def test_rejected_spans_are_counted(collector: Collector) -> None:
    partial = ExportTracePartialSuccess(rejected_spans=1, error_message="too old")
    collector.answer = lambda _: ExportTraceServiceResponse(partial_success=partial)
    answer = deliver(settings_for(collector), "chat", "stream")
    assert answer == [Delivered("too old"), Rejected("1 of 2 spans rejected: too old")]


def test_a_collector_that_is_far_away_gets_several_requests_at_once(collector: Collector) -> None:
    at_once, peak, lock = 0, 0, threading.Lock()

    def far_away(_: grpc.ServicerContext) -> ExportTraceServiceResponse:
        nonlocal at_once, peak
        with lock:
            at_once += 1
            peak = max(peak, at_once)
        time.sleep(0.005)
        with lock:
            at_once -= 1
        return ExportTraceServiceResponse()

    collector.answer = far_away
    settings = {"endpoint": f"http://{collector.target}", "protocol": "grpc", "batch_events": 1}
    logger = Logger(plugins=["otel"], environ={}, file=False, plugin={"otel": settings})
    end_s, sent = time.monotonic() + 60, 0
    while peak < 2 and time.monotonic() < end_s:
        for _ in range(50):
            logger.call(model="m").finish("x")
        sent += 50
        assert logger.flush(60).complete
    logger.close()
    assert peak == 2  # the server has two threads
    spans = [span.span_id for request in collector.requests for of in request.resource_spans
             for scope in of.scope_spans for span in scope.spans]  # fmt: skip
    assert (len(spans), len(set(spans))) == (sent, sent)


def refusing(code: grpc.StatusCode, details: str = "no", delay_s: int | None = None) -> Script:
    """Return an answer that fails, with the server's wish for patience if given."""

    def answer(context: grpc.ServicerContext) -> ExportTraceServiceResponse:
        if delay_s is not None:
            info = RetryInfo()
            info.retry_delay.seconds = delay_s
            packed = AnyMessage()
            packed.Pack(info)
            status = Status(code=code.value[0], details=[packed])
            context.set_trailing_metadata(
                (("grpc-status-details-bin", status.SerializeToString()),)
            )
        context.abort(code, details)
        raise AssertionError

    return answer


@pytest.mark.parametrize(
    "code", ["CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE",
             "DATA_LOSS"],
)  # fmt: skip
def test_codes_that_the_specification_calls_retryable_are(collector: Collector, code: str) -> None:
    collector.answer = refusing(grpc.StatusCode[code])
    assert deliver(settings_for(collector), "chat") == Retryable(f"gRPC {code} no")


def test_the_servers_wish_for_patience_is_obeyed(collector: Collector) -> None:
    collector.answer = refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, "full", delay_s=7)
    answer = deliver(settings_for(collector), "chat")
    assert answer == Retryable("gRPC RESOURCE_EXHAUSTED full", 7.0)


def test_exhaustion_without_such_a_wish_is_final(collector: Collector) -> None:
    collector.answer = refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota")
    assert isinstance(deliver(settings_for(collector), "chat"), Rejected)


def test_a_message_over_the_servers_limit_is_halved(collector: Collector) -> None:
    details = "Received message larger than max (5000000 vs. 4194304)"
    collector.answer = refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, details)
    assert isinstance(deliver(settings_for(collector), "chat"), TooLarge)


@pytest.mark.parametrize("code", ["UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED"])
def test_a_refused_credential_keeps_the_events(collector: Collector, code: str) -> None:
    collector.answer = refusing(grpc.StatusCode[code])
    assert isinstance(deliver(settings_for(collector), "chat"), Refused)


@pytest.mark.parametrize("code", ["INVALID_ARGUMENT", "INTERNAL", "FAILED_PRECONDITION"])
def test_any_other_code_is_final(collector: Collector, code: str) -> None:
    collector.answer = refusing(grpc.StatusCode[code])
    assert isinstance(deliver(settings_for(collector), "chat"), Rejected)


def test_a_collector_that_is_not_there_is_waited_for() -> None:
    settings = Settings(endpoint="http://127.0.0.1:9", protocol="grpc", timeout_ms=2000)
    assert isinstance(deliver(settings, "chat"), Retryable)


def test_time_is_bounded(collector: Collector) -> None:
    from threading import Event

    released = Event()

    def slow(_: grpc.ServicerContext) -> ExportTraceServiceResponse:
        released.wait(10)
        return ExportTraceServiceResponse()

    collector.answer = slow
    answer = deliver(settings_for(collector, timeout_ms=200), "chat")
    released.set()
    assert isinstance(answer, Retryable)
    assert "DEADLINE_EXCEEDED" in answer.reason


def test_the_protocol_chooses_the_exporter() -> None:
    assert exporter.instead(Settings(protocol="grpc")) is grpc_exporter
    assert exporter.instead(Settings()) is None


def test_the_standard_variables_alone_deliver_over_grpc(collector: Collector) -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.target}",
               "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}  # fmt: skip
    with Logger(plugins=["otel"], environ=environ, file=False) as logger:
        for name in SAMPLES:
            logger.log(sample(name))
        assert logger.flush(20).complete
        stats = lane_stats(logger)
    assert (stats.delivered, stats.lost) == (len(SAMPLES), 0)
    assert len(collector.requests) == 1


class TestContract(ClientContract):
    """What a client promises, with the collector as the destination."""

    exporter = grpc_exporter
    settings = {"endpoint": "{url}", "protocol": "grpc", "headers": "x-key=fake-key"}

    @pytest.fixture
    def place(self, collector: Collector) -> str:
        """Return the collector's address."""
        return f"http://{collector.target}"

    def logger(self, place: str, *, exporter: object = None, **options: Any) -> Logger:
        """Return a Logger with the exporter itself."""
        return super().logger(place, exporter=exporter or self.exporter, **options)

    def everything(self, place: str) -> str:
        """Return what arrived, as protobuf writes it for people."""
        return "\n".join(map(str, RUNNING[place].requests))

    @pytest.mark.xfail(reason="the name finds the exporter over HTTP, which hands over to this one")
    def test_it_is_found_by_its_name(self) -> None:
        """The entry point finds another declaration."""
        super().test_it_is_found_by_its_name()
