"""Series and requests against Datadog's own API client."""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.metrics_api import MetricsApi
from datadog_api_client.v1.model.distribution_points_content_encoding import (
    DistributionPointsContentEncoding,
)
from datadog_api_client.v1.model.distribution_points_payload import DistributionPointsPayload
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from llmlog import Cost, Payload, Secret
from llmlog.exporter import limits_of
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog.testing.strategies import payloads
from llmlog_datadog_metrics import Settings, encode, exporter

SETTINGS = Settings(api_key=Secret("fake-key"))
CONFIGURATION = Configuration(api_key={"apiKeyAuth": "fake-key"})


def made_of(*batch: Payload) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(encode(SETTINGS, batch).content)["series"]
    return found


def model(series: list[dict[str, Any]]) -> DistributionPointsPayload:
    """Read series with the vendor's models, which check every type."""
    body: DistributionPointsPayload = ApiClient(CONFIGURATION).deserialize(
        json.dumps({"series": series}), (DistributionPointsPayload,), True
    )
    return body


@pytest.mark.parametrize("name", SAMPLES)
def test_every_series_fits_the_vendors_models(name: str) -> None:
    assert model(made_of(sample(name))).to_dict() == {"series": made_of(sample(name))}


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_series_fits_the_vendors_models(payload: Payload) -> None:
    model(made_of(payload))


def test_the_vendors_client_sends_the_same() -> None:
    batch = [sample(name) for name in SAMPLES]
    with ScriptedEndpoint(default=Answer(status=202, content=b'{"status":"ok"}')) as endpoint:
        api = MetricsApi(ApiClient(Configuration(
            api_key={"apiKeyAuth": "fake-key"}, host=endpoint.url
        )))  # fmt: skip
        api._submit_distribution_points_endpoint.settings["servers"] = None
        api.submit_distribution_points(model(made_of(*batch)))
        (theirs,) = endpoint.requests
        ours = encode(evolve(SETTINGS, url=endpoint.url), batch)
        assert ours.url == endpoint.url + theirs.path
    assert json.loads(ours.content) == theirs.json()
    for name in ("dd-api-key", "content-type"):
        assert ours.headers[name] == theirs.headers[name]


def test_nothing_is_compressed_in_a_way_that_the_intake_does_not_know() -> None:
    assert DistributionPointsContentEncoding.allowed_values == {"deflate"}
    assert not limits_of(exporter, SETTINGS).gzip


def test_calls_of_one_second_are_all_counted() -> None:
    batch = [sample("chat"), sample("tools"), sample("media")]
    (durations,) = [item for item in made_of(*batch) if item["metric"] == "llmlog.call.duration"]
    assert durations["points"] == [[1_793_534_401, [1.25, 1.25, 1.25]]]


def test_failures_are_told_apart_by_tags() -> None:
    (item,) = [item for item in made_of(sample("failure")) if item["metric"].endswith("duration")]
    assert {"status:failure", "error_type:RateLimitError", "status_code:429"} <= set(item["tags"])


def test_only_dollars_are_a_cost_and_nothing_is_made_up() -> None:
    euros = evolve(sample("bare"), cost=Cost(total=1.0, currency="EUR"))
    assert [item["metric"] for item in made_of(euros)] == ["llmlog.call.duration"]
