"""MLflow's tracking server: takes OTLP over HTTP at `/v1/traces`, protobuf and JSON.

Each request names its experiment in the header `x-mlflow-experiment-id`: 422 without. The first
one takes long, so `warm_up` sends it.

https://mlflow.org/docs/latest/genai/tracing/opentelemetry/ingest/
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from servers import api, otlp
from servers.environment import Environment
from servers.process import HOST, Launch, Server

ENVIRONMENT = Environment("mlflow", ("mlflow==3.17.2",))
EXPERIMENT_HEADER = "x-mlflow-experiment-id"
MOST_TRACES = 100


@frozen
class Trace:
    """A trace with MLflow's own view of it (state, cost, token usage, tags) and its spans."""

    info: Mapping[str, Any]
    spans: tuple[otlp.Span, ...]


def launch() -> Launch:
    """Say how to start it."""
    program = ENVIRONMENT.program("mlflow")
    env = {
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    command = (
        program,
        "server",
        "--backend-store-uri=sqlite:///{folder}/mlflow.db",
        "--artifacts-destination={folder}/artifacts",
        f"--host={HOST}",
        "--port={http}",
        "--workers=1",
    )
    return Launch("mlflow", command, ready="/health", env=env, seconds=180)


def warm_up(server: Server) -> None:
    """Send the slow first trace, to an experiment of its own."""
    now = time.time_ns()
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "warm-up",
        "kind": 1,
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now),
    }
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    experiment = create_experiment(server, "warm-up")
    api.post(server, "/v1/traces", document, **{EXPERIMENT_HEADER: experiment})


def create_experiment(server: Server, name: str) -> str:
    """Make an experiment and return its id."""
    created = api.post(server, "/api/2.0/mlflow/experiments/create", {"name": name})
    return str(created["experiment_id"])


def traces(server: Server, experiment: str) -> list[Trace]:
    """Return up to 100 traces of an experiment, latest first, with their spans."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    search = {"locations": [place], "max_results": MOST_TRACES}
    found = api.post(server, "/api/3.0/mlflow/traces/search", search).get("traces", ())
    return [_trace(server, each["trace_id"]) for each in found]


def _trace(server: Server, trace_id: str) -> Trace:
    trace = api.get(server, "/api/3.0/mlflow/traces/get", trace_id=trace_id)["trace"]
    spans = otlp.snake_case(trace.get("spans", []))
    return Trace(trace["trace_info"], tuple(otlp.span(each, {}) for each in spans))
