"""MLflow itself takes the spans, understands them, and keeps one copy of each."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve
from servers import mlflow
from servers.process import Server
from servers.waiting import eventually

from llmlog import Payload
from llmlog.logger import Logger
from llmlog.testing.contract import lane_stats
from llmlog.testing.samples import SAMPLES, sample

pytestmark = pytest.mark.server


def fresh(*names: str) -> list[Payload]:
    """Return samples in a trace of their own."""
    trace_id = uuid4().hex
    return [
        evolve(sample(name), id=str(uuid4()), trace_id=trace_id, span_id=uuid4().hex[:16])
        for name in names or SAMPLES
    ]


@pytest.fixture
def experiment(mlflow_server: Server) -> str:
    """Return an experiment of the test's own."""
    return mlflow.create_experiment(mlflow_server, f"mlflow-{uuid4().hex}")


def deliver(server: Server, experiment: str, payloads: list[Payload]) -> None:
    """Send through the whole of llmlog; all must arrive."""
    own = {"tracking_uri": server.url, "experiment_id": experiment}
    with Logger(plugins=["mlflow"], environ={}, file=False, plugin={"mlflow": own}) as logger:
        for payload in payloads:
            logger.log(payload)
        assert logger.flush(60).complete
        stats = lane_stats(logger)
    assert (stats.delivered, stats.lost) == (len(payloads), 0), stats.last_error


def the_trace(server: Server, experiment: str) -> mlflow.Trace:
    """Return the only trace of an experiment."""
    (trace,) = eventually(lambda: mlflow.traces(server, experiment))
    return trace


def test_every_sample_is_stored_and_typed(mlflow_server: Server, experiment: str) -> None:
    payloads = fresh()
    deliver(mlflow_server, experiment, payloads)
    found = {span.span_id: span for span in the_trace(mlflow_server, experiment).spans}
    assert set(found) == {payload.span_id for payload in payloads}
    types = {name: found[payload.span_id].attributes["mlflow.spanType"]
             for name, payload in zip(SAMPLES, payloads, strict=True)}  # fmt: skip
    assert types["chat"] == types["failure"] == "CHAT_MODEL"
    assert (types["embedding"], types["bare"]) == ("EMBEDDING", "TOOL")


def test_it_understands_a_call(mlflow_server: Server, experiment: str) -> None:
    deliver(mlflow_server, experiment, fresh("tools")[:1])
    trace = the_trace(mlflow_server, experiment)
    (span,) = trace.spans
    assert span.name == "greet"
    said: Any = span.attributes
    assert said["mlflow.spanInputs"]["messages"][2] == {
        "role": "tool", "tool_call_id": "call_1", "content": '{"celsius":4}',
    }  # fmt: skip
    assert said["mlflow.spanOutputs"]["choices"][0]["finish_reason"] == "tool_calls"
    assert said["mlflow.chat.tools"][0]["function"]["name"] == "get_weather"
    assert said["mlflow.llm.model"] == "gpt-4o-mini-2024-07-18"


def test_usage_cost_user_session_and_tags_are_the_traces(
    mlflow_server: Server, experiment: str
) -> None:
    deliver(mlflow_server, experiment, fresh("chat"))
    info = the_trace(mlflow_server, experiment).info
    metadata = info["trace_metadata"]
    usage = json.loads(metadata["mlflow.trace.tokenUsage"])
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (24, 7, 31)
    assert json.loads(metadata["mlflow.trace.cost"])["total_cost"] == 0.0078
    assert metadata["mlflow.trace.session"] == "session-1"
    assert metadata["mlflow.trace.user"] == "user-1"
    assert info["tags"]["checkout"] == "true"


def test_a_failure_is_an_error(mlflow_server: Server, experiment: str) -> None:
    deliver(mlflow_server, experiment, fresh("failure"))
    assert the_trace(mlflow_server, experiment).info["state"] == "ERROR"


def test_what_is_sent_again_is_there_once(mlflow_server: Server, experiment: str) -> None:
    payloads = fresh("chat")
    deliver(mlflow_server, experiment, payloads)
    deliver(mlflow_server, experiment, payloads)
    assert len(the_trace(mlflow_server, experiment).spans) == 1
