"""Spans against the vendor's SDK, confident-trace, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from servers.environment import Environment

from llmlog import Cost, Payload, Secret, Usage
from llmlog.testing import SAMPLES, sample
from llmlog.testing.otlp import spans
from llmlog_deepeval import Settings, encode, endpoint, headers

VENDOR = Environment("confident-trace", ("confident-trace==0.1.11",))
SETTINGS = Settings(api_key=Secret("confident_us_fake"))


def attributes(payload: Payload, settings: Settings = SETTINGS) -> dict[str, Any]:
    (span,) = spans(encode(settings, [payload]).content)
    made: dict[str, Any] = span["attributes"]
    return made


@pytest.mark.server
def test_names_address_and_header_are_those_of_the_vendors_sdk() -> None:
    done = subprocess.run(
        [VENDOR.program("python"), Path(__file__).with_name("vendor.py")],
        timeout=600, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    made = {name for sent in SAMPLES for name in attributes(sample(sent))}
    assert {name for name in made if name.startswith("confident.")} <= set(theirs["names"])
    assert endpoint(SETTINGS) == theirs["endpoint"]
    assert headers(SETTINGS).items() <= theirs["headers"].items()


def test_the_key_chooses_the_region() -> None:
    settings = Settings(api_key=Secret("confident_eu_fake"))
    assert endpoint(settings) == "https://eu.otel.confident-ai.com/v1/traces"


def test_a_cost_is_a_price_per_token() -> None:
    made = attributes(sample())
    assert made["confident.llm.cost_per_input_token"] == pytest.approx(0.0036 / 24)
    assert made["confident.llm.cost_per_output_token"] == pytest.approx(0.0042 / 7)
    euros = evolve(sample(), cost=Cost(total=1.0, input=1.0, currency="EUR"))
    unknown = evolve(sample(), usage=Usage(output_tokens=0))
    for payload in (euros, unknown):
        assert "confident.llm.cost_per_input_token" not in attributes(payload)


def test_the_outermost_call_speaks_for_the_trace() -> None:
    made = attributes(sample())
    assert (made["confident.trace.name"], made["confident.trace.output"]) == (
        "greet", "Hello, Zoë!"
    )  # fmt: skip
    assert "confident.trace.name" not in attributes(sample("tools"))
    assert made["confident.trace.thread_id"] == "session-1"


def test_the_setting_wins_over_the_records_environment() -> None:
    made = attributes(sample(), evolve(SETTINGS, environment="staging"))
    assert made["confident.trace.environment"] == "staging"
