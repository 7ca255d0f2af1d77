"""A product of somebody else's that reads Langfuse's attributes understands ours."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from attrs import evolve
from servers import mlflow
from servers.process import Server
from servers.waiting import eventually

from llmlog import Secret
from llmlog.testing.samples import sample
from llmlog_langfuse import Settings, exporter

pytestmark = pytest.mark.server


def test_mlflow_reads_an_observation(mlflow_server: Server) -> None:
    experiment = mlflow.create_experiment(mlflow_server, f"langfuse-{uuid4().hex}")
    settings = Settings(public_key="pk-lf-fake", secret_key=Secret("sk-lf-fake"),
                        base_url=mlflow_server.url, path="/v1/traces")  # fmt: skip
    payload = evolve(sample(), trace_id=uuid4().hex, span_id=uuid4().hex[:16])
    request = exporter.encode(settings, [payload])
    headers = {**request.headers, mlflow.EXPERIMENT_HEADER: experiment}
    httpx.post(request.url, content=request.content, headers=headers, timeout=60).raise_for_status()

    (trace,) = eventually(lambda: mlflow.traces(mlflow_server, experiment))
    metadata = trace.info["trace_metadata"]
    assert metadata["mlflow.trace.user"] == "user-1"
    assert metadata["mlflow.trace.session"] == "session-1"
    (span,) = trace.spans
    assert span.name == "greet"
    assert span.attributes["mlflow.spanType"] == "LLM"
    assert span.attributes["mlflow.spanInputs"] == [
        {"role": "system", "content": "Answer briefly."},
        {"role": "user", "content": "Say hello to Zoë."},
    ]
    assert span.attributes["mlflow.spanOutputs"] == {"role": "assistant", "content": "Hello, Zoë!"}
