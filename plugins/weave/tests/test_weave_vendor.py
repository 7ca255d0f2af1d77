"""What Weave finds in a span, by the order in which its server looks for each thing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from attrs import evolve

from llmlog import Payload, Secret
from llmlog.testing.otlp import spans
from llmlog.testing.samples import SAMPLES, sample
from llmlog_weave import Settings, exporter

SETTINGS = Settings(api_key=Secret("fake-key"), entity="team", project="shop")
INPUT = ("ai.prompt", "gen_ai.prompt", "input.value", "mlflow.spanInputs", "gen_ai.input.messages")
OUTPUT = ("ai.response", "gen_ai.completion", "output.value", "gen_ai.output.messages")
MODEL = ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name")
KIND = ("weave.span.kind", "traceloop.span.kind", "openinference.span.kind")


def span(payload: Payload) -> dict[str, Any]:
    """Return a payload as it is sent."""
    (made,) = spans(exporter.encode(SETTINGS, [payload]).content)
    return made


def nested(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as Weave sees them: a dot in a name leads one level down."""
    made: dict[str, Any] = {}
    for name, value in attributes.items():
        *way, last = name.split(".")
        place = made
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return made


def first(attributes: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Return the first that is there."""
    tree = nested(attributes)
    for name in names:
        found: Any = tree
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def test_the_request_is_addressed_as_documented() -> None:
    request = exporter.encode(SETTINGS, [sample()])
    assert request.url == "https://trace.wandb.ai/otel/v1/traces"
    assert request.headers["wandb-api-key"] == "fake-key"
    assert request.headers["content-type"] == "application/x-protobuf"
    dedicated = evolve(SETTINGS, base_url="https://acme.wandb.io/traces")
    url = "https://acme.wandb.io/traces/otel/v1/traces"
    assert exporter.encode(dedicated, [sample()]).url == url


@pytest.mark.parametrize("name", SAMPLES)
def test_every_span_names_its_project_and_no_name_hides_another(name: str) -> None:
    made = span(sample(name))
    assert made["resource"]["wandb.entity"] == "team"
    assert made["resource"]["wandb.project"] == "shop"
    nested(made["attributes"])


def test_it_finds_the_conversation_and_not_the_prompts_name() -> None:
    said = span(sample())["attributes"]
    assert json.loads(first(said, INPUT))[1]["parts"][0]["content"] == "Say hello to Zoë."
    assert json.loads(first(said, OUTPUT))[0]["parts"][0]["content"] == "Hello, Zoë!"
    assert first(said, MODEL) == "gpt-4o-mini-2024-07-18"
    assert first(said, ("wandb.attributes",))["prompt_name"] == "greeting"
    assert first(said, ("gen_ai.usage.input_tokens",)) == 24


def test_it_finds_the_values_of_what_is_no_conversation() -> None:
    tool = evolve(sample("bare"), name="get_weather", input_value={"city": "Oslo"},
                  output_value="4 °C")  # fmt: skip
    said = span(tool)["attributes"]
    assert (first(said, INPUT), first(said, OUTPUT)) == ('{"city":"Oslo"}', "4 °C")
    assert first(said, KIND) == "tool"


def test_a_session_is_a_thread_and_its_outermost_calls_are_turns() -> None:
    outer, inner = span(sample())["attributes"], span(sample("tools"))["attributes"]
    assert outer["wandb.thread_id"] == inner["wandb.thread_id"] == "session-1"
    assert outer["wandb.is_turn"] is True
    assert "wandb.is_turn" not in inner
