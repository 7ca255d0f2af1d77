"""Inferences against the vendor's SDK, athina-logger, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from servers.environment import Environment

from llmlog import Cost, Payload, Secret
from llmlog.testing import ScriptedEndpoint, sample
from llmlog_athina import Settings, encode

VENDOR = Environment("athina-logger", ("athina-logger==1.3.0",))
SETTINGS = Settings(api_key=Secret("fake-key"))


def inference(payload: Payload, settings: Settings = SETTINGS) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(encode(settings, [payload]).content)
    return made


@pytest.mark.server
@pytest.mark.parametrize("name", ["tools", "failure"])
def test_the_vendors_sdk_sends_the_same(name: str) -> None:
    payload = sample(name)
    with ScriptedEndpoint() as endpoint:
        asked = {"url": endpoint.url, "inference": inference(payload)}
        done = subprocess.run(
            [VENDOR.program("python"), Path(__file__).with_name("vendor.py")], timeout=600,
            input=json.dumps(asked), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        (theirs,) = endpoint.wait_for(1)
        ours = encode(evolve(SETTINGS, url=endpoint.url), [payload])
        assert ours.url == endpoint.url + theirs.path
    assert ours.headers["athina-api-key"] == theirs.headers["athina-api-key"]
    assert json.loads(ours.content).items() <= theirs.json().items()


def test_a_call_without_a_conversation_is_an_inference_too() -> None:
    made = inference(sample("embedding"))
    assert made["prompt"] == {"input": ["first text", "second text"]}
    assert "user_query" not in made


def test_a_failure_is_among_the_attributes() -> None:
    made = inference(sample("failure"))
    assert made["custom_attributes"]["status"] == "failure"
    assert made["custom_attributes"]["error"]["type"] == "RateLimitError"
    assert "response" not in made


def test_parameters_have_athinas_names() -> None:
    made = inference(evolve(sample(), parameters={"max_tokens": 9, "seed": 1}))
    assert made["model_options"] == {"max_completion_tokens": 9, "extra_options": {"seed": 1}}


def test_only_dollars_are_a_cost_and_the_time_is_in_milliseconds() -> None:
    made = inference(sample())
    assert (made["cost"], made["response_time"]) == (0.0078, 1250)
    assert "cost" not in inference(evolve(sample(), cost=Cost(total=1.0, currency="EUR")))


def test_the_setting_wins_over_the_records_environment() -> None:
    settings = evolve(SETTINGS, environment="staging")
    assert inference(sample(), settings)["environment"] == "staging"
