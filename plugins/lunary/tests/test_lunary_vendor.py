"""Events against the `Event` schema of the server's OpenAPI comments, in our words."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_lunary import Settings, encode

SETTINGS = Settings(key=Secret("fake-key"))
TEXT, NUMBER = {"type": "string"}, {"type": "number"}
SCALAR = {"type": ["string", "number", "boolean", "null"]}
EVENT = {
    "type": "object",
    "required": ["type", "event", "runId", "timestamp"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["llm", "chain", "agent", "tool", "embed", "retriever"]},
        "event": {"enum": ["start", "end", "error"]},
        **dict.fromkeys(("runId", "parentRunId", "timestamp", "name", "userId", "runtime"), TEXT),
        "tags": {"type": "array", "items": TEXT},
        "tokensUsage": {"properties": dict.fromkeys(("prompt", "completion", "promptCached"), NUMBER)},
        "error": {"properties": {"message": TEXT, "stack": TEXT}, "required": ["message"]},
        "params": {"type": "object"},
        "metadata": {"additionalProperties": {"anyOf": [SCALAR, {"items": SCALAR}]}},
        "input": {}, "output": {},
    },
}  # fmt: skip


def events(*batch: Payload) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(encode(SETTINGS, batch).content)["events"]
    return found


def fits(payload: Payload) -> None:
    start, end = events(payload)
    for event in (start, end):
        jsonschema.validate(event, EVENT)
        datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    assert (start["event"], start["runId"]) == ("start", end["runId"])
    assert start["timestamp"] <= end["timestamp"]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_fits_the_vendors_schema(name: str) -> None:
    fits(sample(name))


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_event_fits_the_vendors_schema(payload: Payload) -> None:
    fits(payload)


def test_the_request_is_that_of_the_vendors_client() -> None:
    request = encode(SETTINGS, [sample()])
    assert request.url == "https://api.lunary.ai/v1/runs/ingest"
    assert request.headers["authorization"] == "Bearer fake-key"


def test_a_run_hangs_below_the_one_around_it() -> None:
    start, _ = events(sample("tools"))
    assert start["parentRunId"] == sample("chat").id
    assert "parentRunId" not in events(sample())[0]


def test_what_ended_badly_ends_with_an_error() -> None:
    assert events(sample("failure"))[1]["error"]["message"].startswith("RateLimitError: Rate")
    aborted = events(sample("aborted"))
    assert aborted[1]["error"] == {"message": "aborted"}
    assert "Hel" in aborted[0]["metadata"]["output_messages"]


def test_a_model_is_the_name_that_lunary_prices() -> None:
    assert events(sample())[0]["name"] == "gpt-4o-mini-2024-07-18"
    named = evolve(sample("bare"), name="search")
    assert events(named)[0]["name"] == "search"
