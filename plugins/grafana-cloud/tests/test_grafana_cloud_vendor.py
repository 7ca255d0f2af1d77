"""Where the vendor's documentation says that requests go, and what it says of them."""

from __future__ import annotations

from base64 import b64decode

from llmlog import Secret
from llmlog.testing.samples import sample
from llmlog_grafana_cloud import Settings, exporter


def test_the_request_is_addressed_as_documented() -> None:
    settings = Settings(
        endpoint="https://otlp-gateway-prod-eu-west-0.grafana.net/otlp", instance_id="123456",
        api_key=Secret("glc_fake"),
    )  # fmt: skip
    request = exporter.encode(settings, [sample()])
    assert request.url == "https://otlp-gateway-prod-eu-west-0.grafana.net/otlp/v1/traces"
    word, _, pair = request.headers["authorization"].partition(" ")
    assert (word, b64decode(pair)) == ("Basic", b"123456:glc_fake")
