"""Where the vendor's documentation says that requests go, and what it says of them."""

from __future__ import annotations

from attrs import evolve

from llmlog import Secret
from llmlog.logger import Logger
from llmlog.testing.contract import lane_stats
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.otlp import spans
from llmlog.testing.samples import sample
from llmlog_elastic_otel import Settings, exporter

SETTINGS = Settings(endpoint="https://p-1.ingest.us-east-1.aws.elastic.cloud:443")


def test_the_request_is_addressed_as_documented() -> None:
    request = exporter.encode(evolve(SETTINGS, api_key=Secret("fake-key")), [sample()])
    assert request.url == "https://p-1.ingest.us-east-1.aws.elastic.cloud:443/v1/traces"
    assert request.headers["authorization"] == "ApiKey fake-key"


def test_an_apm_server_has_a_token_and_a_collector_may_have_nothing() -> None:
    token = exporter.encode(evolve(SETTINGS, secret_token=Secret("fake")), [sample()])
    assert token.headers["authorization"] == "Bearer fake"
    assert "authorization" not in exporter.encode(SETTINGS, [sample()]).headers


def test_the_data_stream_may_be_named() -> None:
    (span,) = spans(exporter.encode(evolve(SETTINGS, dataset="llm"), [sample()]).content)
    assert span["resource"]["data_stream.dataset"] == "llm"
    assert "data_stream.namespace" not in span["resource"]


def test_over_the_rate_the_batch_waits() -> None:
    limit = Answer(status=429, headers={"retry-after": "0"})
    with ScriptedEndpoint(limit) as endpoint:
        own = {"endpoint": endpoint.url}
        with Logger(plugins=["elastic-otel"], environ={}, file=False,
                    plugin={"elastic-otel": own}) as logger:  # fmt: skip
            logger.log(sample())
            assert logger.flush(20).complete
            stats = lane_stats(logger)
    assert (stats.delivered, stats.retried, stats.lost) == (1, 1, 0)
