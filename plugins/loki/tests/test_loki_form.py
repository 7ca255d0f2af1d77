"""The form and the bounds that Loki's documentation gives for a push."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret
from llmlog.schema import from_json
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_loki import Settings, encode
from llmlog_loki.stream import labels, line

SETTINGS = Settings(url="https://loki.example.com/", static_labels={"cluster": "eu1"})
NAME = "^[a-zA-Z_][a-zA-Z0-9_]*$"
TEXTS = {
    "type": "object", "additionalProperties": {"type": "string", "maxLength": 2048},
    "propertyNames": {"pattern": NAME, "maxLength": 1024},
}  # fmt: skip
ENTRY = {
    "type": "array", "minItems": 2, "maxItems": 3, "items": False,
    "prefixItems": [{"type": "string", "pattern": "^[0-9]{19}$"}, {"type": "string"},
                    {**TEXTS, "maxProperties": 128}],
}  # fmt: skip
STREAM = {
    "type": "object", "required": ["stream", "values"], "additionalProperties": False,
    "properties": {
        "stream": {**TEXTS, "minProperties": 1, "maxProperties": 15},
        "values": {"type": "array", "items": ENTRY, "minItems": 1},
    },
}  # fmt: skip
PUSH = jsonschema.Draft202012Validator({
    "type": "object", "required": ["streams"], "additionalProperties": False,
    "properties": {"streams": {"type": "array", "items": STREAM}},
})  # fmt: skip


def body(*batch: Payload, settings: Settings = SETTINGS) -> Any:
    return json.loads(encode(settings, batch).content)


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_every_push_has_the_documented_form(payload: Payload) -> None:
    PUSH.validate(body(payload, *(sample(name) for name in SAMPLES)))


def test_calls_with_equal_labels_are_one_stream() -> None:
    pushed = body(*(sample(name) for name in SAMPLES))["streams"]
    assert [len(stream["values"]) for stream in pushed] == [5, 1, 1, 1, 1, 1]
    assert len({str(stream["stream"]) for stream in pushed}) == len(pushed)


def test_a_line_is_the_whole_record() -> None:
    for name in SAMPLES:
        assert from_json(line(SETTINGS, sample(name))[1]) == sample(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_labels_name_no_person_and_no_call(name: str) -> None:
    payload = sample(name)
    values = labels(SETTINGS, payload).values()
    for private in (payload.id, payload.trace_id, payload.user_id, payload.session_id):
        assert private not in values


def test_an_older_loki_gets_no_structured_metadata() -> None:
    made = body(sample(), settings=evolve(SETTINGS, structured_metadata=False))
    assert [len(entry) for entry in made["streams"][0]["values"]] == [2]


def test_a_token_goes_before_a_password() -> None:
    settings = evolve(SETTINGS, token=Secret("fake-token"))
    assert encode(settings, [sample()]).headers["authorization"] == "Bearer fake-token"
