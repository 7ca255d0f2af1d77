"""Addresses, levels and names as the vendor's client has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from llmlog import Cost, Secret
from llmlog.testing.otlp import spans
from llmlog.testing.samples import SAMPLES, sample
from llmlog_logfire import Settings, exporter

SETTINGS = Settings(token=Secret("pylf_v1_eu_fake"))


def span(name: str = "chat", **settings: Any) -> Any:
    """Return a sample as it is sent."""
    (made,) = spans(exporter.encode(evolve(SETTINGS, **settings), [sample(name)]).content)
    return made


@pytest.mark.parametrize(
    ("token", "host"),
    [
        ("pylf_v1_eu_fake", "logfire-eu.pydantic.dev"),
        ("pylf_v1_us_fake", "logfire-us.pydantic.dev"),
        ("pylf_v2_eu_0c7d_fake", "logfire-eu.pydantic.dev"),
        ("fakefromlongago", "logfire-us.pydantic.dev"),
    ],
)
def test_the_token_names_the_region_and_travels_alone(token: str, host: str) -> None:
    request = exporter.encode(Settings(token=Secret(token)), [sample()])
    assert request.url == f"https://{host}/v1/traces"
    assert request.headers["authorization"] == token


def test_levels_tell_failures_from_decisions() -> None:
    found = {name: span(name)["attributes"]["logfire.level_num"] for name in SAMPLES}
    assert (found["chat"], found["aborted"], found["blocked"], found["failure"]) == (9, 13, 13, 17)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_schema_names_what_is_json_text(name: str) -> None:
    said = span(name)["attributes"]
    schema = json.loads(said.get("logfire.json_schema", "{}"))
    for attribute, kind in schema.get("properties", {}).items():
        value = said[attribute]
        read = json.loads(value) if isinstance(value, str) else value
        assert isinstance(read, {"array": list, "object": dict}[kind["type"]])
    for attribute in ("gen_ai.input.messages", "gen_ai.output.messages"):
        assert (attribute in said) == (attribute in schema.get("properties", {}))


def test_message_tags_and_cost_are_where_logfire_shows_them() -> None:
    said = span()["attributes"]
    assert (said["logfire.msg"], said["logfire.tags"]) == ("greet", ["checkout", "beta"])
    assert said["operation.cost"] == 0.0078
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    (made,) = spans(exporter.encode(SETTINGS, [euros]).content)
    assert "operation.cost" not in made["attributes"]


def test_the_record_knows_better_than_the_settings() -> None:
    own = {"service_name": "other", "service_version": "9", "environment": "staging"}
    full, bare = span("chat", **own)["resource"], span("bare", **own)["resource"]
    names = ("service.name", "service.version", "deployment.environment.name")
    assert [full[name] for name in names] == ["shop", "1.4.2", "production"]
    assert [bare[name] for name in names] == ["other", "9", "staging"]
