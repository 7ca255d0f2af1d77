"""What Langtrace's route reads of a request, done again from its source."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Request, Secret
from llmlog.exporter import limits_of
from llmlog.testing.samples import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_langtrace import Settings, exporter

SETTINGS = Settings(api_key=Secret("fake-key"))


def route(request: Request) -> list[dict[str, Any]]:
    """Return the spans that the route finds: of the first scope of the first resource."""
    assert "otel-otlp" in request.headers["user-agent"]
    assert request.headers["content-type"] == "application/json"
    body = json.loads(request.content)
    found = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    return [
        {**span, "attributes": pairs(span), "events": [
            {"name": event["name"], "attributes": pairs(event)} for event in span.get("events", ())
        ]} for span in found
    ]  # fmt: skip


def pairs(holder: Any) -> dict[str, Any]:
    """Return the attributes that the route reads: texts and whole numbers."""
    said = {pair["key"]: pair["value"] for pair in holder["attributes"]}
    return {
        key: value.get("stringValue", value.get("intValue"))
        for key, value in said.items() if {"stringValue", "intValue"} & set(value)
    }  # fmt: skip


def test_the_request_is_addressed_as_documented() -> None:
    request = exporter.encode(SETTINGS, [sample()])
    assert request.url == "https://app.langtrace.ai/api/trace"
    assert request.headers["x-api-key"] == "fake-key"
    assert not limits_of(exporter, SETTINGS).gzip


@hypothesis_settings(deadline=None)
@given(payload=payloads())
def test_nothing_is_sent_that_the_route_does_not_read(payload: Payload) -> None:
    request = exporter.encode(SETTINGS, [payload])
    (sent,) = json.loads(request.content)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    (found,) = route(request)
    assert {pair["key"] for pair in sent["attributes"]} == set(found["attributes"])
    for event, read in zip(sent.get("events", ()), found["events"], strict=True):
        assert {pair["key"] for pair in event["attributes"]} == set(read["attributes"])


def test_every_call_of_a_batch_is_found_whatever_its_program() -> None:
    found = route(exporter.encode(SETTINGS, [sample(name) for name in SAMPLES]))
    assert [span["attributes"]["llmlog.id"] for span in found] == [
        sample(name).id for name in SAMPLES
    ]
    assert found[0]["attributes"]["service.name"] == "shop"
    assert found[0]["spanId"] == sample().span_id


@pytest.mark.parametrize("name", ["chat", "embedding", "failure"])
def test_question_and_answer_are_events(name: str) -> None:
    (found,) = route(exporter.encode(SETTINGS, [sample(name)]))
    said = {event["name"]: event["attributes"] for event in found["events"]}
    asked = json.loads(said["gen_ai.content.prompt"]["gen_ai.prompt"])
    assert asked[-1]["role"] == "user"
    assert ("gen_ai.content.completion" in said) == (name != "failure")
    assert found["attributes"]["langtrace.service.name"] == "openai"
