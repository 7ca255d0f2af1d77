"""Real servers take the spans, understand them, and keep one copy when they come again."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve
from servers import ddapm, mlflow, phoenix
from servers.otlp import Span
from servers.process import Server
from servers.waiting import eventually

from llmlog import Payload
from llmlog.delivery.stats import LaneStats
from llmlog.logger import Logger
from llmlog.testing.contract import lane_stats
from llmlog.testing.samples import SAMPLES, sample
from llmlog_otel import Settings
from llmlog_otel.exporter import grpc_exporter

pytestmark = pytest.mark.server
HTTP = ("http/protobuf", "http/json")


def fresh(*names: str) -> list[Payload]:
    """Return samples in a trace of their own, so that no other test's are in it."""
    trace_id = uuid4().hex
    return [
        evolve(sample(name), id=str(uuid4()), trace_id=trace_id, span_id=uuid4().hex[:16])
        for name in names or SAMPLES
    ]


def deliver(payloads: list[Payload], **settings: Any) -> LaneStats:
    """Send through the whole of llmlog; return the account."""
    values = {"timeout_ms": 60_000, **settings}
    with Logger(plugins=["otel"], environ={}, file=False, plugin={"otel": values}) as logger:
        for payload in payloads:
            logger.log(payload)
        assert logger.flush(30).complete
        return lane_stats(logger)


def deliver_by_grpc(payloads: list[Payload], server: Server) -> Any:
    """Send over gRPC; return the answer."""
    settings = Settings(endpoint=server.grpc_url, protocol="grpc")
    client = grpc_exporter.connect(settings)
    try:
        return grpc_exporter.send(client, settings, payloads)
    finally:
        grpc_exporter.close(client)


class TestDatadogTestAgent:
    """An OTLP receiver of Datadog's that shows what it got."""

    def spans(self, server: Server, payloads: list[Payload]) -> dict[str, Span]:
        """Return the spans of a trace, by span id."""
        trace_id = payloads[0].trace_id
        return {span.span_id: span for span in ddapm.spans(server) if span.trace_id == trace_id}

    def check(self, server: Server, payloads: list[Payload]) -> None:
        """Hold what arrived against what was sent."""
        found = self.spans(server, payloads)
        assert set(found) == {payload.span_id for payload in payloads}
        for payload in payloads:
            span = found[payload.span_id]
            assert span.start_time_unix_nano == payload.timing.start_unix_ns
            assert span.end_time_unix_nano == payload.timing.end_unix_ns
            assert span.parent_span_id == payload.parent_span_id
            assert span.attributes["llmlog.id"] == payload.id
            assert span.kind == ("INTERNAL" if payload.kind == "tool" else "CLIENT")
            failed = payload.status in ("failure", "blocked")
            assert span.status == ("ERROR" if failed else "UNSET")

    @pytest.mark.parametrize("protocol", HTTP)
    def test_every_sample_arrives_over_http(self, ddapm_server: Server, protocol: str) -> None:
        payloads = fresh()
        stats = deliver(payloads, endpoint=ddapm_server.otlp_url, protocol=protocol)
        assert (stats.delivered, stats.lost) == (len(payloads), 0)
        self.check(ddapm_server, payloads)

    def test_every_sample_arrives_over_grpc(self, ddapm_server: Server) -> None:
        payloads = fresh()
        deliver_by_grpc(payloads, ddapm_server)
        self.check(ddapm_server, payloads)


class TestPhoenix:
    """A product that reads the GenAI conventions."""

    def spans(self, server: Server, payloads: list[Payload]) -> dict[str, Any]:
        """Return the spans of a trace by span id, once there are as many as payloads."""

        def read() -> list[Any]:
            trace_id = payloads[0].trace_id
            found = phoenix.spans(server, "default")
            return [span for span in found if span["context"]["trace_id"] == trace_id]

        found = eventually(read, lambda spans: len(spans) >= len(payloads))
        assert len(found) == len(payloads)
        return {span["context"]["span_id"]: span for span in found}

    def test_it_understands_a_call(self, phoenix_server: Server) -> None:
        payloads = fresh("tools", "stream")
        deliver(payloads, endpoint=phoenix_server.url)
        found = self.spans(phoenix_server, payloads)
        tools, stream = (found[payload.span_id] for payload in payloads)
        said = tools["attributes"]
        assert tools["span_kind"] == "LLM"
        assert said["llm.provider"] == "openai"
        assert said["llm.token_count.prompt"] == 24
        assert said["llm.token_count.prompt_details.cache_read"] == 6
        assert said["session.id"] == "session-1"
        call = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
        assert said[f"{call}.name"] == "get_weather"
        assert json.loads(said[f"{call}.arguments"]) == {"city": "Rome"}
        assert stream["attributes"]["llm.output_messages.0.message.content"] == "Hello, Zoë!"

    def test_it_tells_a_failure_from_an_early_end(self, phoenix_server: Server) -> None:
        payloads = fresh("failure", "aborted")
        deliver(payloads, endpoint=phoenix_server.url)
        found = self.spans(phoenix_server, payloads)
        failure, aborted = (found[payload.span_id] for payload in payloads)
        assert failure["status_code"] == "ERROR"
        assert failure["status_message"] == "Rate limit reached for gpt-4o-mini"
        assert [event["name"] for event in failure["events"]][-1] == "exception"
        assert aborted["status_code"] == "UNSET"
        assert aborted["attributes"]["llm.output_messages.0.message.content"] == "Hel"

    def test_what_is_sent_again_is_there_once(self, phoenix_server: Server) -> None:
        payloads = fresh("chat")
        deliver(payloads, endpoint=phoenix_server.url)
        deliver(payloads, endpoint=phoenix_server.url)
        deliver_by_grpc(payloads, phoenix_server)
        last = [evolve(fresh("bare")[0], trace_id=payloads[0].trace_id)]
        deliver(last, endpoint=phoenix_server.url)
        assert set(self.spans(phoenix_server, [*payloads, *last])) == {
            payloads[0].span_id, last[0].span_id,
        }  # fmt: skip

    def test_it_takes_grpc(self, phoenix_server: Server) -> None:
        payloads = fresh()
        deliver_by_grpc(payloads, phoenix_server)
        assert set(self.spans(phoenix_server, payloads)) == {each.span_id for each in payloads}

    def test_json_is_refused_and_accounted_for(self, phoenix_server: Server) -> None:
        stats = deliver(fresh("chat"), endpoint=phoenix_server.url, protocol="http/json")
        assert (stats.delivered, stats.lost) == (0, 1)
        assert "415" in (stats.last_error or "")


@pytest.fixture
def experiment(mlflow_server: Server) -> str:
    """Return an MLflow experiment of the test's own."""
    return mlflow.create_experiment(mlflow_server, f"otel-{uuid4().hex}")


class TestMLflow:
    """A product that reads the GenAI conventions and takes both encodings."""

    def send(
        self, server: Server, experiment: str, payloads: list[Payload], **settings: Any
    ) -> LaneStats:
        """Send to an experiment."""
        headers = f"{mlflow.EXPERIMENT_HEADER}={experiment}"
        return deliver(payloads, endpoint=server.url, headers=headers, **settings)

    def trace(self, server: Server, experiment: str) -> mlflow.Trace:
        """Return the only trace of an experiment."""
        (trace,) = eventually(lambda: mlflow.traces(server, experiment))
        return trace

    @pytest.mark.parametrize("protocol", HTTP)
    def test_every_sample_is_stored(
        self, mlflow_server: Server, experiment: str, protocol: str
    ) -> None:
        payloads = fresh()
        stats = self.send(mlflow_server, experiment, payloads, protocol=protocol)
        assert (stats.delivered, stats.lost) == (len(payloads), 0)
        stored = self.trace(mlflow_server, experiment).spans
        assert {span.span_id for span in stored} == {payload.span_id for payload in payloads}

    def test_it_understands_a_call(self, mlflow_server: Server, experiment: str) -> None:
        self.send(mlflow_server, experiment, fresh("chat"))
        metadata = self.trace(mlflow_server, experiment).info["trace_metadata"]
        usage = json.loads(metadata["mlflow.trace.tokenUsage"])
        assert (usage["input_tokens"], usage["output_tokens"]) == (24, 7)
        assert usage["cache_read_input_tokens"] == 6
        assert metadata["mlflow.trace.session"] == "session-1"
        assert metadata["mlflow.trace.user"] == "user-1"

    def test_a_failure_is_an_error(self, mlflow_server: Server, experiment: str) -> None:
        self.send(mlflow_server, experiment, fresh("failure"))
        assert self.trace(mlflow_server, experiment).info["state"] == "ERROR"

    def test_what_is_sent_again_is_there_once(self, mlflow_server: Server, experiment: str) -> None:
        payloads = fresh("chat")
        for _ in range(2):
            self.send(mlflow_server, experiment, payloads)
        assert len(self.trace(mlflow_server, experiment).spans) == 1
