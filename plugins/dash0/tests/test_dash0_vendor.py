"""Where the vendor's documentation says that requests go, and what it says of them."""

from __future__ import annotations

from attrs import evolve

from llmlog import Secret
from llmlog.testing.samples import sample
from llmlog_dash0 import Settings, exporter

SETTINGS = Settings(
    endpoint="https://ingress.eu-west-1.aws.dash0.com", auth_token=Secret("auth_fake")
)


def test_the_request_is_addressed_as_documented() -> None:
    request = exporter.encode(SETTINGS, [sample()])
    assert request.url == "https://ingress.eu-west-1.aws.dash0.com/v1/traces"
    assert request.headers["authorization"] == "Bearer auth_fake"
    assert "dash0-dataset" not in request.headers


def test_a_dataset_is_named_in_its_header() -> None:
    request = exporter.encode(evolve(SETTINGS, dataset="shop"), [sample()])
    assert request.headers["dash0-dataset"] == "shop"
