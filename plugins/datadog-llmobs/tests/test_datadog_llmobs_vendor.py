"""Spans against the vendor's test agent, and against its documented fields.

`SCHEMA` holds what the HTTP API reference asks for, in our words.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from servers import ddapm
from servers.process import Server

from llmlog import Cost, Logger, Payload, Secret
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_datadog_llmobs import Settings, encode, tags

SETTINGS = Settings(api_key=Secret("fake-key"), ml_app="shop")
TEXT = {"type": "string"}
MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "additionalProperties": False,
    "properties": {
        "role": TEXT,
        "content": TEXT,
        "tool_calls": {
            "items": {
                "properties": {"name": TEXT, "arguments": {"type": "object"}, "tool_id": TEXT},
                "required": ["name", "arguments"],
            }
        },
        "tool_results": {"items": {"properties": {"result": TEXT, "tool_id": TEXT}}},
    },
}
SAID = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "value": TEXT,
        "messages": {"type": "array", "items": MESSAGE},
        "documents": {"type": "array", "items": {"properties": {"text": TEXT}}},
        "prompt": {"type": "object", "properties": {"id": TEXT, "version": TEXT}},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["name", "span_id", "trace_id", "parent_id", "start_ns", "duration", "meta"],
    "properties": {
        **dict.fromkeys(("name", "span_id", "trace_id", "parent_id", "session_id"), TEXT),
        "start_ns": {"type": "integer"},
        "duration": {"type": "integer"},
        "status": {"enum": ["ok", "error"]},
        "tags": {"type": "array", "items": TEXT},
        "metrics": {"type": "object", "additionalProperties": {"type": "number"}},
        "meta": {
            "required": ["kind"],
            "properties": {
                "kind": {"enum": ["agent", "workflow", "llm", "tool", "task", "embedding",
                                  "retrieval"]},
                "input": SAID, "output": SAID, "metadata": {"type": "object"},
                "error": {"additionalProperties": False,
                          "properties": {"type": TEXT, "message": TEXT, "stack": TEXT}},
                "tool_definitions": {"items": {"required": ["name"]}},
            },
        },
    },
}  # fmt: skip


def spans(payload: Payload) -> list[dict[str, Any]]:
    data = json.loads(encode(SETTINGS, [payload]).content)["data"]
    assert (data["type"], data["attributes"]["ml_app"]) == ("span", "shop")
    made: list[dict[str, Any]] = data["attributes"]["spans"]
    return made


@pytest.mark.parametrize("name", SAMPLES)
def test_every_span_is_as_the_reference_has_it(name: str) -> None:
    (made,) = spans(sample(name))
    jsonschema.validate(made, SCHEMA)


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_span_is_as_the_reference_has_it(payload: Payload) -> None:
    (made,) = spans(payload)
    jsonschema.validate(made, SCHEMA)


@pytest.mark.server
def test_the_vendors_agent_takes_every_span(ddapm_server: Server) -> None:
    ddapm.clear(ddapm_server)
    with Logger(plugins=["datadog-llmobs"], environ={}, file=False, plugin={
        "datadog-llmobs": {"agent_url": ddapm_server.url, "ml_app": "shop"}
    }) as logger:  # fmt: skip
        for name in SAMPLES:
            logger.log(sample(name))
        assert logger.flush(30).complete
        assert logger.stats()[-1].delivered == len(SAMPLES)
    taken = [request for request in ddapm.requests(ddapm_server) if "llmobs" in request.url]
    bodies = [json.loads(_plain(request.body)) for request in taken]
    found = [made for body in bodies for event in body for made in event["spans"]]
    assert {made["span_id"] for made in found} == {
        str(int(sample(name).span_id, 16)) for name in SAMPLES
    }  # fmt: skip
    assert {made["meta"]["span.kind"] for made in found} == {"llm", "embedding", "tool"}


def _plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def test_a_call_hangs_below_the_one_around_it() -> None:
    (root,), (inner,) = spans(sample()), spans(sample("tools"))
    assert root["parent_id"] == "undefined"
    assert (inner["parent_id"], inner["trace_id"]) == (root["span_id"], root["trace_id"])


def test_tags_are_those_of_settings_and_record() -> None:
    made = tags(evolve(SETTINGS, environment="staging", tags=("team:a",)), sample())
    assert made == ["ml_app:shop", "user_id:user-1", "service:shop", "env:staging",
                    "version:1.4.2", "team:a", "checkout", "beta"]  # fmt: skip


def test_only_dollars_are_a_cost() -> None:
    assert spans(sample())[0]["metrics"]["total_cost"] == 0.0078
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    assert "total_cost" not in spans(euros)[0]["metrics"]
