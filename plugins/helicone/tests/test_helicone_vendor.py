"""Logs against the vendor's own manual logger, and against its documented types."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jsonschema
import pytest
from attrs import evolve
from helicone_helpers import HeliconeManualLogger  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret
from llmlog.testing import SAMPLES, ScriptedEndpoint, sample
from llmlog.testing.strategies import payloads
from llmlog_helicone import Settings, encode

SETTINGS = Settings(api_key=Secret("fake-key"))
TIME = {"required": ["seconds", "milliseconds"], "additionalProperties": False,
        "properties": {"seconds": {"type": "integer"},
                       "milliseconds": {"type": "integer", "minimum": 0, "maximum": 999}}}  # fmt: skip
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
LOG = {
    "required": ["providerRequest", "providerResponse"],
    "additionalProperties": False,
    "properties": {
        "providerRequest": {
            "required": ["url", "json", "meta"],
            "properties": {"url": {"type": "string"}, "json": {"type": "object"}, "meta": TEXTS},
        },
        "providerResponse": {
            "required": ["headers", "status", "json"],
            "properties": {"headers": TEXTS, "status": {"type": "integer"}},
        },
        "timing": {
            "required": ["startTime", "endTime"],
            "properties": {"startTime": TIME, "endTime": TIME,
                           "timeToFirstToken": {"type": "integer"}},
        },
    },
}  # fmt: skip


def log(payload: Payload) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(encode(SETTINGS, [payload]).content)
    return made


def fits(payload: Payload) -> None:
    made = log(payload)
    jsonschema.validate(made, LOG)
    for name, value in made["providerRequest"]["meta"].items():
        assert httpx.Headers({name: value})[name] == value
        assert value.isascii()
        assert not set("\r\n\x00") & set(value)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_log_is_as_the_documentation_has_it(name: str) -> None:
    fits(sample(name))


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_log_is_as_the_documentation_has_it(payload: Payload) -> None:
    fits(payload)


@pytest.mark.parametrize("name", ["stream", "bare"])
def test_the_vendors_logger_sends_the_same(name: str) -> None:
    payload = sample(name)
    made, first_ns = log(payload), payload.timing.time_to_first_token_ns
    with ScriptedEndpoint() as endpoint:
        logger = HeliconeManualLogger("fake-key", logging_endpoint=endpoint.url)
        logger.send_log(
            payload.provider_name, made["providerRequest"]["json"],
            made["providerResponse"]["json"],
            {"start_time": payload.timing.start_unix_ns / 1e9,
             "end_time": payload.timing.end_unix_ns / 1e9,
             "time_to_first_token_ms": first_ns and first_ns // 10**6},
        )  # fmt: skip
        (theirs,) = endpoint.requests
        ours = encode(evolve(SETTINGS, url=endpoint.url), [payload])
        assert ours.url == endpoint.url + theirs.path
    for header in ("authorization", "content-type"):
        assert ours.headers[header] == theirs.headers[header]
    expected = theirs.json()
    assert made["providerRequest"]["json"] == expected["providerRequest"]["json"]
    assert made["providerResponse"]["status"] == expected["providerResponse"]["status"]
    assert made["timing"] == {k: v for k, v in expected["timing"].items() if v is not None}


def test_status_says_how_it_ended() -> None:
    statuses = {name: log(sample(name))["providerResponse"]["status"]
                for name in ("chat", "failure", "aborted", "blocked")}  # fmt: skip
    assert statuses == {"chat": 200, "failure": 429, "aborted": -3, "blocked": 500}


def test_a_call_hangs_below_the_one_around_it_by_its_path() -> None:
    meta = log(sample("tools"))["providerRequest"]["meta"]
    assert meta["Helicone-Session-Path"] == f"/{sample('chat').id}/{sample('tools').id}"
    assert meta["Helicone-Session-Id"] == "session-1"


def test_other_providers_calls_are_custom() -> None:
    request = encode(SETTINGS, [evolve(sample(), provider_name="anthropic")])
    assert request.url == "https://api.worker.helicone.ai/custom/v1/log"


def test_values_are_those_of_headers() -> None:
    made = log(evolve(sample(), user_id="Zoë\n", metadata={"größe": 1}))
    meta = made["providerRequest"]["meta"]
    assert meta["Helicone-User-Id"] == "Zo%C3%AB%0A"
    assert meta["Helicone-Property-gr--e"] == "1"
