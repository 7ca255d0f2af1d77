"""Spans against the vendor's SDK, splunk-ao, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from servers.environment import Environment

from llmlog import Cost, Payload, Secret, Usage
from llmlog.testing import sample
from llmlog.testing.otlp import spans
from llmlog_galileo import Settings, exporter

VENDOR = Environment("splunk-ao", ("splunk-ao==0.6.1",))
SETTINGS = Settings(
    api_key=Secret("fake-key"), url="https://api.example", project="shop", brand="splunk_ao"
)
SPAN = {
    "name": "greet",
    "input": [{"role": "system", "content": "Answer briefly."},
              {"role": "user", "content": "Say hello to Zoë."}],
    "output": {"role": "assistant", "content": "Hello, Zoë!"},
    "model": "gpt-4o-mini", "temperature": 0.2, "finish_reason": "stop",
    "tags": ["checkout", "beta"], "user_metadata": {"order": "42"},
    "metrics": {"num_input_tokens": 24, "num_output_tokens": 7, "num_total_tokens": 31},
}  # fmt: skip
"""The call of the sample `chat`, in the vendor's words."""


def span(payload: Payload) -> dict[str, Any]:
    (made,) = spans(exporter.encode(SETTINGS, [payload]).content)
    return made


@pytest.mark.server
def test_the_vendors_sdk_says_the_same_of_a_call() -> None:
    asked = {"span": SPAN, "session": "session-1", "api_key": "fake-key",
             "url": SETTINGS.url, "project": "shop", "log_stream": "default"}  # fmt: skip
    done = subprocess.run(
        [VENDOR.program("python"), Path(__file__).with_name("vendor.py")], timeout=600,
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    payload = evolve(sample(), metadata={"order": 42})
    request, ours = exporter.encode(SETTINGS, [payload]), span(payload)
    assert request.url == theirs["endpoint"]
    assert theirs["headers"].items() <= {
        {"splunk-ao-api-key": "Splunk-AO-API-Key"}.get(name, name): value
        for name, value in request.headers.items()
    }.items()  # fmt: skip
    assert theirs["resource"].items() <= ours["resource"].items()
    assert plain(theirs["attributes"]).items() <= plain(ours["attributes"]).items()


def plain(attributes: dict[str, Any]) -> dict[str, str]:
    """Return attributes whose JSON texts can be compared, whatever the order of their keys."""
    return {name: json.dumps(_read(value), sort_keys=True) for name, value in attributes.items()}


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def test_the_old_name_has_the_old_address_and_header() -> None:
    request = exporter.encode(Settings(api_key=Secret("fake-key")), [sample()])
    assert request.url == "https://api.galileo.ai/otel/traces"
    assert request.headers["galileo-api-key"] == "fake-key"
    assert (request.headers["project"], request.headers["logstream"]) == ("default", "default")


def test_tokens_written_to_a_cache_have_the_name_that_the_vendor_reads() -> None:
    made = span(evolve(sample(), usage=Usage(input_tokens=1, cache_write_tokens=7)))
    assert made["attributes"]["gen_ai.usage.cache_creation.input_tokens"] == 7


def test_only_dollars_are_a_cost() -> None:
    assert span(sample())["attributes"]["splunk_ao.llm.cost.total_usd"] == 0.0078
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    assert "splunk_ao.llm.cost.total_usd" not in span(euros)["attributes"]


def test_a_failure_has_its_status() -> None:
    assert span(sample("failure"))["attributes"]["splunk_ao.status_code"] == 429
