"""Where the vendor's documentation says that requests go, and what it says of them."""

from __future__ import annotations

from llmlog import Secret
from llmlog.exporter import limits_of
from llmlog.testing.samples import sample
from llmlog_signoz import Settings, exporter


def test_the_cloud_is_addressed_by_region_and_key() -> None:
    settings = Settings(
        endpoint="https://ingest.us.signoz.cloud:443", ingestion_key=Secret("fake-key")
    )
    request = exporter.encode(settings, [sample()])
    assert request.url == "https://ingest.us.signoz.cloud:443/v1/traces"
    assert request.headers["signoz-ingestion-key"] == "fake-key"
    assert request.headers["content-type"] == "application/x-protobuf"


def test_an_own_server_needs_no_key() -> None:
    request = exporter.encode(Settings(), [sample()])
    assert request.url == "http://localhost:4318/v1/traces"
    assert set(request.headers) == {"content-type"}


def test_requests_stay_under_the_documented_size() -> None:
    assert (limits_of(exporter, Settings()).bytes or 0) < 16_000_000
