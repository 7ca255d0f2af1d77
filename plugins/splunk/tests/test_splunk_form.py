"""The form that Splunk's documentation gives for events."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret
from llmlog.schema import from_dict
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_splunk import Settings, encode

SETTINGS = Settings(url="https://splunk.example.com:8088", token=Secret("fake"))
TEXT = {"type": "string", "minLength": 1}
EVENT = jsonschema.Draft202012Validator({
    "type": "object", "required": ["event"], "additionalProperties": False,
    "properties": {
        "time": {"type": "string", "pattern": r"^\d+\.\d{3}$"},
        "host": TEXT, "source": TEXT, "sourcetype": TEXT, "index": TEXT,
        "event": {"type": "object", "minProperties": 1},
        "fields": {
            "type": "object",
            "additionalProperties": {"anyOf": [TEXT, {"type": "array", "items": TEXT}]},
        },
    },
})  # fmt: skip


def events(*batch: Payload, settings: Settings = SETTINGS) -> list[Any]:
    """Read a body as the collector does: value after value, whatever stands between."""
    text, found, at = encode(settings, batch).content.decode(), [], 0
    while at < len(text):
        value, at = json.JSONDecoder().raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_every_event_has_the_documented_form(payload: Payload) -> None:
    made = events(payload, sample("bare"))
    assert len(made) == 2
    for each in made:
        EVENT.validate(each)


def test_an_event_is_the_whole_record() -> None:
    made = events(*(sample(name) for name in SAMPLES))
    for name, each in zip(SAMPLES, made, strict=True):
        EVENT.validate(each)
        assert from_dict(each["event"]) == sample(name)


@pytest.mark.parametrize(
    "url",
    ["https://s:8088", "https://s:8088/", "https://s:8088/services/collector/event"],
)
def test_the_path_is_added_once(url: str) -> None:
    made = encode(evolve(SETTINGS, url=url), [sample()])
    assert made.url == "https://s:8088/services/collector/event"


def test_fields_are_left_out_on_request() -> None:
    assert "fields" not in events(sample(), settings=evolve(SETTINGS, indexed_fields=False))[0]
