"""What Weave's server stores of a span: its own reader, from the last release that ships it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servers.environment import Environment
from servers.judge import Judge

from llmlog import Secret
from llmlog.otlp import call_name
from llmlog.testing.samples import SAMPLES, sample
from llmlog_weave import Settings, exporter

pytestmark = pytest.mark.server

INGEST = Judge(
    Environment("weave", ("weave==0.53.8",)), Path(__file__).parent / "judge" / "ingest.py"
)
SETTINGS = Settings(api_key=Secret("fake-key"), entity="team", project="shop")


@cache
def stored() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return start and end of the call that each sample becomes."""
    body = exporter.encode(SETTINGS, [sample(name) for name in SAMPLES]).content
    by_id = {start["id"]: (start, end) for start, end in INGEST(body)}
    return {name: by_id[sample(name).span_id] for name in SAMPLES}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_call_is_stored_with_its_place_and_its_end(name):
    payload, (start, end) = sample(name), stored()[name]
    assert (start["trace_id"], start["parent_id"]) == (payload.trace_id, payload.parent_span_id)
    assert start["display_name"] == call_name(payload)
    assert start["thread_id"] == payload.session_id
    assert (end["exception"] is not None) == (payload.status in ("failure", "blocked"))
    assert start["attributes"].get("model") == payload.model


def test_what_was_said_is_input_and_output():
    start, end = stored()["chat"]
    (messages,) = start["inputs"].values()
    assert [part["content"] for each in messages for part in each["parts"]] == [
        "Answer briefly.", "Say hello to Zoë."]  # fmt: skip
    (answers,) = end["output"].values()
    assert answers[0]["parts"][0]["content"] == "Hello, Zoë!"


def test_tokens_are_the_usage_of_the_model():
    _, end = stored()["chat"]
    usage = end["summary"]["usage"]["gpt-4o-mini-2024-07-18"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (24, 7)
    assert usage["cache_read_input_tokens"] == 6


def test_the_users_facts_are_among_the_attributes():
    start, _ = stored()["chat"]
    assert start["attributes"]["tags"] == ["checkout", "beta"]
    assert start["attributes"]["prompt_name"] == "greeting"
    assert start["attributes"]["order"] == 42
    assert start["attributes"]["model_parameters"]["temperature"] == 0.2
