"""Where the vendor's documentation says that requests go, and what it says of them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from llmlog import Secret, SettingsError
from llmlog.settings import Sources, load
from llmlog.testing.otlp import spans
from llmlog.testing.samples import sample
from llmlog_honeycomb import Settings, exporter


def test_the_request_is_addressed_as_documented() -> None:
    request = exporter.encode(Settings(api_key=Secret("fake-key")), [sample()])
    assert request.url == "https://api.honeycomb.io/v1/traces"
    assert request.headers["x-honeycomb-team"] == "fake-key"
    assert "x-honeycomb-dataset" not in request.headers


@pytest.mark.parametrize("key", ["0123456789abcdef" * 2, "hcaic_" + "0a" * 29])
def test_a_classic_key_needs_a_dataset(key: str) -> None:
    environ = {"HONEYCOMB_API_KEY": key}
    with pytest.raises(SettingsError, match="set HONEYCOMB_DATASET") as caught:
        load(Settings, Sources(environ=environ), "honeycomb")
    assert key not in str(caught.value)
    settings = load(Settings, Sources(environ={**environ, "HONEYCOMB_DATASET": "d"}), "h")[0]
    assert exporter.encode(settings, [sample()]).headers["x-honeycomb-dataset"] == "d"


@pytest.mark.parametrize(
    ("weight", "rate"), [(None, None), (1.0, 1), (10.0, 10), (3.4, 3), (0.2, 1), (1e12, 2**31 - 1)]
)
def test_a_sampled_call_counts_for_those_it_stands_for(weight: Any, rate: Any) -> None:
    settings = Settings(api_key=Secret("fake-key"))
    payload = evolve(sample(), sample_weight=weight)
    (span,) = spans(exporter.encode(settings, [payload]).content)
    assert span["attributes"].get("SampleRate") == rate
