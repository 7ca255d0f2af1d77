"""Where the vendor's documentation says that requests go, and what it says of them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from llmlog import Message, Payload, Secret, Text
from llmlog.testing.otlp import spans
from llmlog.testing.samples import sample
from llmlog.testing.strategies import payloads
from llmlog_newrelic import Settings, exporter


@pytest.mark.parametrize(
    ("key", "region", "host"),
    [
        ("fake-key", None, "otlp.nr-data.net"),
        ("eu01xxfake", None, "otlp.eu01.nr-data.net"),
        ("fake-key", "eu", "otlp.eu01.nr-data.net"),
    ],
)
def test_the_request_is_addressed_as_documented(key: str, region: Any, host: str) -> None:
    request = exporter.encode(Settings(license_key=Secret(key), region=region), [sample()])
    assert request.url == f"https://{host}/v1/traces"
    assert request.headers["api-key"] == key


@hypothesis_settings(deadline=None)
@given(payload=payloads(), size=st.integers(0, 6000))
def test_no_attribute_is_larger_than_new_relic_takes(payload: Payload, size: int) -> None:
    large = evolve(
        payload, metadata={"k" * 300: "v" * size}, tags=["t" * size] * 70,
        input_messages=[Message(role="user", parts=[Text(content="é" * size)])],
    )  # fmt: skip
    request = exporter.encode(Settings(license_key=Secret("fake-key")), [large])
    (span,) = spans(request.content)
    for name, value in span["attributes"].items():
        assert len(name) <= 255
        if isinstance(value, list):
            assert len(value) <= 64
            assert all(len(str(item)) <= 4095 for item in value)
        else:
            assert len(str(value)) <= 4095


def test_the_applications_name_stands_in_for_the_services() -> None:
    settings = Settings(license_key=Secret("fake-key"), app_name="checkout")
    named, nameless = (
        spans(exporter.encode(settings, [sample(name)]).content)[0] for name in ("chat", "bare")
    )
    assert named["resource"]["service.name"] == "shop"
    assert nameless["resource"]["service.name"] == "checkout"
