"""Events against the models of the vendor's client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from lago_python_client.models.event import BatchEvent

from llmlog import Cost, Payload, Secret
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_lago import Settings, encode, event

SETTINGS = Settings(api_key=Secret("fake"), default_subscription="sub-1")


def checked(*batch: Payload) -> Any:
    """Return the events, which the vendor's model keeps as they are."""
    body = json.loads(encode(SETTINGS, batch).content)
    model = BatchEvent(**body)
    kept = json.loads(
        model.json() if not hasattr(model, "model_dump_json") else model.model_dump_json()
    )
    for ours, theirs in zip(body["events"], kept["events"], strict=True):
        for field, value in ours.items():
            assert str(theirs[field]) == str(value), field
    return body["events"]


def test_every_sample_fits_the_vendors_model() -> None:
    checked(*(sample(name) for name in SAMPLES))


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_properties_are_texts_and_numbers(payload: Payload) -> None:
    (made,) = checked(payload)
    for value in made["properties"].values():
        assert isinstance(value, (str, int, float))
        assert not isinstance(value, bool)


@pytest.mark.parametrize(("cost", "cents"), [
    (0.0078, "0.78"), (1e-07, "0.00001"), (0.0, "0"), (12.0, "1200"), (None, None),
])  # fmt: skip
def test_an_amount_is_exact_and_has_no_exponent(cost: float | None, cents: str | None) -> None:
    made = event(SETTINGS, evolve(sample(), cost=Cost(total=cost)))
    found = made.get("precise_total_amount_cents")
    assert (found is None) == (cents is None)
    assert cents is None or (float(found) == float(cents) and "E" not in found.upper())


def test_what_is_charged_by_is_chosen() -> None:
    own = evolve(SETTINGS, charge_by="team_id")
    assert event(own, sample())["external_subscription_id"] == "team-1"
    assert event(own, sample("bare"))["external_subscription_id"] == "sub-1"


@pytest.mark.parametrize("url", ["http://lago", "http://lago/", "http://lago/api/v1"])
def test_the_path_is_added_once(url: str) -> None:
    made = encode(evolve(SETTINGS, url=url), [sample()])
    assert made.url == "http://lago/api/v1/events/batch"
