"""Events by OpenMeter's OpenAPI description and by the CloudEvents library."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from cloudevents.v1.http import from_json
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_openmeter import Settings, encode

SETTINGS = Settings(api_key=Secret("fake"), default_subject="customer-1")
TEXT = {"type": "string", "minLength": 1}
EVENT = jsonschema.Draft202012Validator({
    "type": "object", "required": ["id", "source", "specversion", "type", "subject"],
    "properties": {
        "id": TEXT, "source": TEXT, "specversion": TEXT, "type": TEXT, "subject": TEXT,
        "datacontenttype": {"enum": ["application/json"]},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "data": {"type": "object"},
    },
    "additionalProperties": False,
})  # fmt: skip


def events(*batch: Payload) -> list[Any]:
    return json.loads(encode(SETTINGS, batch).content)


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_every_event_fits_the_description(payload: Payload) -> None:
    for each in events(payload, *(sample(name) for name in SAMPLES)):
        EVENT.validate(each)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_is_a_cloudevent(name: str) -> None:
    (made,) = events(sample(name))
    read = from_json(json.dumps(made))
    assert (read["id"], read["source"], read["type"]) == (sample(name).id, "llmlog", "llm_call")
    assert read.data == made["data"]
    for value in made["data"].values():
        assert isinstance(value, (str, int, float, list))


def test_who_the_subject_is_can_be_chosen() -> None:
    (made,) = json.loads(encode(evolve(SETTINGS, subject_by="team_id"), [sample()]).content)
    assert made["subject"] == "team-1"


@pytest.mark.parametrize(("api", "url", "address"), [
    ("v1", "https://openmeter.cloud/", "https://openmeter.cloud/api/v1/events"),
    ("v3", "https://us.api.konghq.com", "https://us.api.konghq.com/v3/openmeter/events"),
    ("v3", "http://localhost:8888/api", "http://localhost:8888/api/v3/openmeter/events"),
])  # fmt: skip
def test_each_api_has_its_address(api: Any, url: str, address: str) -> None:
    assert encode(evolve(SETTINGS, api=api, url=url), [sample()]).url == address
