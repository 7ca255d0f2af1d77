"""Events against the vendor's types, which are made of its specification, and its own client."""

from __future__ import annotations

import json
from typing import Any

import braintrust
import jsonschema
import pytest
from attrs import evolve
from braintrust._generated_types import ProjectLogsEvent
from braintrust.span_types import SpanTypeAttribute
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from llmlog import Cost, Payload, Secret
from llmlog.encoding import dumps
from llmlog.testing import SAMPLES, Answer, Received, ScriptedEndpoint, sample
from llmlog.testing.strategies import payloads
from llmlog_braintrust import Settings, encode, event
from llmlog_braintrust.event import TYPES

PROJECT = "5b1d3a0e-0000-4000-8000-000000000001"
SETTINGS = Settings(api_key=Secret("fake-key"), project_id=PROJECT)
TEXT, NUMBER, COUNT = {"type": "string"}, {"type": "number"}, {"type": "integer"}
SCHEMA = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("id", "span_id", "root_span_id", "created"), TEXT),
        **{key: {"type": "array", "items": TEXT} for key in ("tags", "span_parents")},
        "metadata": {"type": "object", "properties": {"model": TEXT}},
        "metrics": {
            "type": "object",
            "additionalProperties": NUMBER,
            "properties": dict.fromkeys(("prompt_tokens", "completion_tokens", "tokens"), COUNT),
        },
        "span_attributes": {
            "type": "object",
            "properties": {
                "name": TEXT,
                "type": {"enum": [item.value for item in SpanTypeAttribute]},
            },
        },
    },
}
"""What `InsertProjectLogsEvent` of the vendor's OpenAPI specification (2026-07-01) asks for."""


def fits(payload: Payload) -> None:
    made = json.loads(dumps(event(payload)))
    assert set(made) <= set(ProjectLogsEvent.__annotations__)
    jsonschema.validate(made, SCHEMA)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_fits_the_vendors_types(name: str) -> None:
    fits(sample(name))


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_payload_fits_the_vendors_types(payload: Payload) -> None:
    fits(payload)


def test_every_type_is_one_of_the_vendors() -> None:
    assert {*TYPES.values(), "llm"} <= {item.value for item in SpanTypeAttribute}


def vendors_rows(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the vendor's SDK sends of a root span and an LLM span within it."""

    def answer(request: Received) -> Answer:
        org = {"id": "o", "name": "org", "api_url": endpoint.url, "proxy_url": endpoint.url}
        body: Any = {"id": PROJECT, "name": "shop"}
        body = {"org_info": [org]} if request.path.endswith("login") else body
        return Answer(content=json.dumps(body).encode())

    with ScriptedEndpoint(default=answer) as endpoint:
        log = braintrust.init_logger(
            project_id=PROJECT, api_key="fake-key", app_url=endpoint.url, set_current=False
        )
        with log.start_span(name="support", type=SpanTypeAttribute.TASK) as root:
            root.start_span(name="greet", type=SpanTypeAttribute.LLM).log(**fields)
        log.flush()
        sent = [request.json() for request in endpoint.requests if request.path == "/logs3"]
    rows: dict[str, dict[str, Any]] = {}
    for row in (row for body in sent for row in body["rows"]):
        merged = rows.setdefault(row["id"], {})  # a row may come in parts, each in its own request
        for name, value in row.items():
            known = merged.get(name)
            merged[name] = {**known, **value} if isinstance(known, dict) else value
        merged.pop("_is_merge", None)
    return list(rows.values())


def test_the_vendors_client_sends_such_rows() -> None:
    ours = event(sample("tools"))
    fields = ("input", "output", "metadata", "metrics")
    rows = {row["span_attributes"]["name"]: row
            for row in vendors_rows({name: ours[name] for name in fields})}  # fmt: skip
    root, theirs = rows["support"], rows["greet"]
    beyond = {"context", "log_id", "project_id"}
    assert set(theirs) - beyond == set(ours)
    for name in ("input", "output", "metadata"):
        assert theirs[name] == ours[name]
    assert set(theirs["metrics"]) == set(ours["metrics"])
    assert theirs["span_parents"] == [root["span_id"]]
    assert [len(theirs[key]) for key in ("span_id", "root_span_id")] == [16, 32]
    assert [len(ours[key]) for key in ("span_id", "root_span_id")] == [16, 32]
    assert not root.get("span_parents")


def test_the_address_is_that_of_the_project() -> None:
    request = encode(SETTINGS, [sample()])
    assert request.url == f"https://api.braintrust.dev/v1/project_logs/{PROJECT}/insert"
    assert request.headers["authorization"] == "Bearer fake-key"


def test_only_an_outermost_call_has_tags_and_others_keep_them_as_metadata() -> None:
    assert event(sample())["tags"] == ["checkout", "beta"]
    inner = event(sample("tools"))
    assert "tags" not in inner
    assert inner["metadata"]["tags"] == ["checkout", "beta"]


def test_what_is_unknown_is_absent() -> None:
    assert "error" not in event(sample())
    assert set(event(sample("bare"))["metrics"]) == {"start", "end"}
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    assert "estimated_cost" not in event(euros)["metrics"]


def test_a_failure_says_why() -> None:
    assert event(sample("failure"))["error"].startswith("RateLimitError: Rate limit")
    assert event(sample("aborted"))["error"] == "aborted"
