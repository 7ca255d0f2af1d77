"""The real `openai` client, wrapped once, recorded by every plugin at the same time."""

from __future__ import annotations

import gzip
import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journey import RECEIVED, STATUSES, Journey, ModelServer, plugin_settings, receivers
from servers import ddapm, llmock, mlflow, moto, otlp, phoenix
from servers.process import Server, free_ports
from servers.prometheus import Check, query
from servers.waiting import eventually

from llmlog import Logger
from llmlog.schema import from_dict
from llmlog.testing import ScriptedEndpoint

llmlog_local = pytest.importorskip("llmlog_local")


@pytest.fixture
def model_server() -> Iterator[Journey]:
    """Offer the journey with a model server of our own."""
    model = ModelServer()
    with ScriptedEndpoint(default=model) as served:
        yield Journey(address=served.url, misbehave=model.spoiled.append)


@pytest.fixture
def llmock_journey(llmock_server: Server) -> Journey:
    """Offer the journey with a mock server that others wrote."""
    llmock.reset(llmock_server)
    return Journey(
        address=llmock_server.url,
        misbehave=lambda status: llmock.script(llmock_server, llmock.fail(status)),
    )


def spans_of(endpoint: ScriptedEndpoint) -> list[Any]:
    """Return the spans that an endpoint was sent, decoded by the published messages."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    requests = [ExportTraceServiceRequest.FromString(r.content) for r in endpoint.requests]
    return [span for request in requests for resource in request.resource_spans
            for scope in resource.scope_spans for span in scope.spans]  # fmt: skip


def check_received(endpoints: dict[str, ScriptedEndpoint], ids: set[str]) -> None:
    """Check that each backend was sent each record once."""
    assert len(spans_of(endpoints["otel"])) == len(ids)
    assert len({span.span_id for span in spans_of(endpoints["langfuse"])}) == len(ids)
    lines = [json.loads(line) for request in endpoints["http"].requests
             for line in request.content.splitlines()]  # fmt: skip
    assert sorted(from_dict(line).id for line in lines) == sorted(ids)
    logs = [log for request in endpoints["datadog"].requests for log in request.json()]
    assert len(logs) == len(ids)
    assert {log["status"] for log in logs} >= {"error"}
    runs = b"".join(request.content for request in endpoints["langsmith"].requests)
    assert all(runs.count(f'name="post.{one}"'.encode()) == 1 for one in ids)


def test_one_journey_reaches_every_plugin(
    model_server: Journey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight plugins at once, each with each call once, and the account exact."""
    port = free_ports(["http"])["http"]
    with receivers() as endpoints:
        urls = {name: endpoint.url for name, endpoint in endpoints.items()}
        plugins = plugin_settings(urls, tmp_path, port)
        with Logger(plugins=list(plugins), environ={}, file=False, plugin=plugins) as logger:
            expected = model_server.run(logger)
            assert logger.flush(20).complete
            stats = logger.stats()[1:]
            metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        records = {record.session_id: record
                   for record in llmlog_local.read(tmp_path / "calls.db", limit=100)}  # fmt: skip
        assert {name: record.status for name, record in records.items()} == expected
        check_received(endpoints, {record.id for record in records.values()})
    assert {item.exporter: item.delivered for item in stats} == dict.fromkeys(plugins, 8)
    assert all(item.balanced and not item.lost for item in stats)
    check_records(records)
    check_metrics(metrics)
    printed = capsys.readouterr().err
    assert printed.count("\n") == len(expected)


def check_records(records: dict[str | None, Any]) -> None:
    """Check what only a truthful record can say."""
    assert records["plain"].usage.total_tokens > 0
    assert records["plain"].cost.total > 0
    assert records["streamed"].timing.time_to_first_token_ns > 0
    assert records["tools"].output_messages[0].tool_calls[0].name == "get_weather"
    assert records["embedding"].kind == "embedding"
    assert records["rate limit"].error.status_code == 429
    assert records["server error"].error.status_code == 500
    assert records["cancelled"].output_messages
    assert {record.user_id for record in records.values()} == {"user-1"}
    assert all("sk-fake" not in repr(record) for record in records.values())


def check_metrics(text: str) -> None:
    """Check the counters with Prometheus' own parser."""
    from prometheus_client.parser import text_string_to_metric_families

    families = {family.name: family for family in text_string_to_metric_families(text)}
    calls = sum(sample.value for sample in families["llmlog_calls"].samples
                if sample.name == "llmlog_calls_total")  # fmt: skip
    assert calls == len(STATUSES)


@pytest.mark.server
def test_one_journey_reaches_real_receivers(
    llmock_journey: Journey,
    moto_server: Server,
    ddapm_server: Server,
    prometheus_server: Callable[[str], Server],
    promtool: Callable[[str], Check],
    tmp_path: Path,
) -> None:
    """All ten plugins at once: S3, Prometheus, a wandb run and Datadog's agent have each call."""
    moto.create_bucket(moto_server, "calls")
    ddapm.clear(ddapm_server)
    port = free_ports(["http"])["http"]
    with receivers() as endpoints:
        urls = {name: endpoint.url for name, endpoint in endpoints.items()}
        plugins = plugin_settings({**urls, "otel": ddapm_server.otlp_url}, tmp_path, port)
        plugins["s3"] = {"bucket": "calls", "endpoint_url": moto_server.url, "region": "us-east-1",
                         "access_key_id": "fake", "secret_access_key": "fake"}  # fmt: skip
        plugins["wandb"] = {"project": "journey", "mode": "offline", "dir": str(tmp_path)}
        with Logger(plugins=list(plugins), environ={}, file=False, plugin=plugins,
                    exit_timeout_s=30) as logger:  # fmt: skip
            expected = llmock_journey.run(logger)
            assert logger.flush(60).complete, logger.stats()
            stats = logger.stats()[1:]
            scraped = prometheus_server(f"127.0.0.1:{port}")
            eventually(lambda: total(scraped) == len(expected), seconds=30)
            metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    assert promtool(metrics).code == 0
    assert {item.exporter: item.delivered for item in stats} == dict.fromkeys(plugins, 8)
    records = {record.session_id: record
               for record in llmlog_local.read(tmp_path / "calls.db", limit=100)}  # fmt: skip
    assert {name: record.status for name, record in records.items()} == expected
    check_records(records)
    ids = {record.id for record in records.values()}
    assert {one["id"] for one in stored(moto_server)} == ids
    spans = {span.span_id: span for span in ddapm.spans(ddapm_server)}
    assert set(spans) == {record.span_id for record in records.values()}
    assert list(tmp_path.rglob("*.wandb"))


def total(server: Server) -> float:
    """Return the calls that a Prometheus has scraped."""
    return sum(sample.value for sample in query(server, "sum(llmlog_calls_total)"))


def stored(server: Server) -> list[Any]:
    """Return the records in the bucket."""
    bodies = (item.body for item in moto.objects(server, "calls").values())
    texts = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in bodies)
    return [json.loads(line) for text in texts for line in text.splitlines()]


@pytest.mark.server
def test_a_real_model_is_recorded_and_traced(
    llama_server: Server, phoenix_server: Server, mlflow_server: Server, tmp_path: Path
) -> None:
    """Real tokens of llama.cpp's server arrive in Phoenix and MLflow as it counted them."""
    journey = Journey(address=llama_server.url, able=("plain", "async", "streamed", "cancelled"))
    experiment = mlflow.create_experiment(mlflow_server, "journey")
    seen: dict[str, dict[str, Any]] = {}
    for name, settings in {
        "phoenix": {"endpoint": phoenix_server.url,
                    "resource_attributes": "openinference.project.name=journey"},
        "mlflow": {"endpoint": mlflow_server.url,
                   "headers": f"x-mlflow-experiment-id={experiment}"},
    }.items():  # fmt: skip
        path = tmp_path / f"{name}.db"
        plugins: dict[str, Any] = {"otel": settings, "local": {"path": str(path)}}
        with Logger(plugins=list(plugins), environ={}, file=False, plugin=plugins) as logger:
            expected = journey.run(logger)
            assert logger.flush(60).complete, logger.stats()
        records = {record.session_id: record for record in llmlog_local.read(path, limit=100)}
        assert {key: record.status for key, record in records.items()} == expected
        assert records["plain"].usage.origin == "provider"
        assert records["plain"].usage.total_tokens > 0
        assert records["streamed"].timing.time_to_first_token_ns > 0
        seen[name] = {record.trace_id: record for record in records.values()}
    spans = eventually(
        lambda: phoenix.spans(phoenix_server, "journey"), lambda found: len(found) >= 4, 30
    )
    assert {span["context"]["trace_id"] for span in spans} == set(seen["phoenix"])
    traces = eventually(
        lambda: mlflow.traces(mlflow_server, experiment), lambda found: len(found) >= 4, 30
    )
    assert len(traces) == len(seen["mlflow"])


def test_every_receiver_is_checked() -> None:
    """No backend that cannot be had here is left out of the light journey."""
    assert set(RECEIVED) == {"otel", "langfuse", "langsmith", "datadog", "http"}
    assert otlp.Span
