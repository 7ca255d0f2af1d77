"""Spans against `CreateSpansBulk` of the vendor's OpenAPI specification (2026-08-21), in our words."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from llmlog import Cost, Error, Payload, Secret
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_promptlayer import Settings, encode

SETTINGS = Settings(api_key=Secret("fake-key"))
TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
TEXTS = {"type": "object", "additionalProperties": TEXT}
BLOCK = {
    "oneOf": [
        {"required": ["text"], "properties": {"type": {"const": "text"}, "text": TEXT}},
        {"required": ["thinking"], "properties": {"type": {"const": "thinking"}, "thinking": TEXT}},
        {"required": ["image_url"], "properties": {"type": {"const": "image_url"},
            "image_url": {"required": ["url"], "properties": {"url": TEXT}}}},
    ]
}  # fmt: skip
CALL = {"required": ["id", "function"], "properties": {"id": TEXT, "function": {
    "required": ["name", "arguments"], "properties": {"name": TEXT, "arguments": TEXT}}}}  # fmt: skip
MESSAGE = {
    "required": ["role", "content"],
    "properties": {
        "role": {"enum": ["system", "user", "assistant", "tool", "developer"]},
        "content": {"type": "array", "items": BLOCK},
        "tool_calls": {"type": "array", "items": CALL},
    },
    "if": {"properties": {"role": {"const": "tool"}}},
    "then": {"required": ["tool_call_id"], "properties": {"tool_call_id": TEXT}},
}
CHAT = {"required": ["type", "messages"], "properties": {
    "type": {"const": "chat"}, "messages": {"type": "array", "items": MESSAGE},
    "tools": {"items": {"properties": {"function": {"required": ["name"]}}}}}}  # fmt: skip
LOG = {
    "required": ["provider", "model", "input", "output", "request_start_time", "request_end_time"],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("provider", "model", "prompt_name", "function_name"), TEXT),
        **dict.fromkeys(("request_start_time", "request_end_time"), TEXT),
        **dict.fromkeys(("input", "output"), CHAT),
        **dict.fromkeys(("input_tokens", "output_tokens"), COUNT),
        "parameters": {"type": "object"},
        "tags": {"items": {"type": "string", "maxLength": 512}},
        "metadata": TEXTS,
        "prompt_version_number": {"type": "integer", "exclusiveMinimum": 0},
        "price": {"type": "number", "minimum": 0},
        "status": {"enum": ["SUCCESS", "WARNING", "ERROR"]},
        "error_type": {"enum": [
            "PROVIDER_TIMEOUT", "PROVIDER_QUOTA_LIMIT", "PROVIDER_RATE_LIMIT", "PROVIDER_ERROR",
            "PROVIDER_PARTIAL_RESPONSE", "PROVIDER_AUTH_ERROR", "UNKNOWN_ERROR",
        ]},
        "error_message": {"type": "string", "maxLength": 1024},
    },
}  # fmt: skip
SPAN = {
    "required": ["name", "context", "kind", "start_time", "end_time", "status", "attributes",
                 "resource"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT, "parent_id": TEXT, "start_time": COUNT, "end_time": COUNT,
        "context": {"required": ["trace_id", "span_id", "trace_state"],
                    "additionalProperties": TEXT},
        "kind": {"enum": ["SpanKind.CLIENT", "SpanKind.INTERNAL"]},
        "status": {"properties": {"status_code": {"enum": ["StatusCode.OK", "StatusCode.ERROR"]},
                                  "description": TEXT}},
        "attributes": {"type": "object"},
        "resource": {"required": ["attributes", "schema_url"],
                     "properties": {"attributes": TEXTS, "schema_url": TEXT}},
        "log_request": LOG,
    },
}  # fmt: skip


def span(payload: Payload) -> dict[str, Any]:
    (made,) = json.loads(encode(SETTINGS, [payload]).content)["spans"]
    found: dict[str, Any] = made
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_every_span_fits_the_vendors_specification(name: str) -> None:
    jsonschema.validate(span(sample(name)), SPAN)


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_span_fits_the_vendors_specification(payload: Payload) -> None:
    jsonschema.validate(span(payload), SPAN)


def test_the_address_and_the_key_are_those_of_the_specification() -> None:
    request = encode(SETTINGS, [sample()])
    assert request.url == "https://api.promptlayer.com/spans-bulk"
    assert request.headers["x-api-key"] == "fake-key"


def test_only_conversations_with_a_model_are_request_logs() -> None:
    logged = {name for name in SAMPLES if "log_request" in span(sample(name))}
    assert logged == set(SAMPLES) - {"embedding", "bare"}
    assert span(sample("embedding"))["attributes"]["input"] == ["first text", "second text"]


@pytest.mark.parametrize(("status", "kind", "expected"), [
    (429, "RateLimitError", "PROVIDER_RATE_LIMIT"), (401, "AuthError", "PROVIDER_AUTH_ERROR"),
    (500, "ServerError", "PROVIDER_ERROR"), (None, "ReadTimeout", "PROVIDER_TIMEOUT"),
    (None, "ValueError", "UNKNOWN_ERROR"),
])  # fmt: skip
def test_errors_have_the_vendors_words(status: int | None, kind: str, expected: str) -> None:
    error = Error(type=kind, message="m" * 2000, status_code=status)
    log = span(evolve(sample("failure"), error=error))["log_request"]
    assert (log["status"], log["error_type"], len(log["error_message"])) == (
        "ERROR",
        expected,
        1024,
    )


def test_a_stream_that_was_left_is_a_warning() -> None:
    assert span(sample("aborted"))["log_request"]["error_type"] == "PROVIDER_PARTIAL_RESPONSE"


def test_only_dollars_are_a_price_and_a_prompt_has_its_version() -> None:
    log = span(sample())["log_request"]
    assert (log["price"], log["prompt_name"], log["prompt_version_number"]) == (
        0.0078,
        "greeting",
        3,
    )
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    assert "price" not in span(euros)["log_request"]
