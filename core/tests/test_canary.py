"""The canary matrix: every carrier in every field, and none of them gets through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from attrs import evolve

from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import Policy
from llmlog.schema import to_json
from llmlog.testing import sample
from llmlog.testing.canary import (
    CANARY,
    CARRIERS,
    FIELDS,
    TEXT_CARRIERS,
    TEXT_FIELDS,
    diagonal,
    matrix,
    traces,
)
from llmlog.testing.records import Records

UNREADABLE = {"bytes", "byte array", "memory view", "object with a text", "generator", "depth 120"}
"""What is a placeholder before any policy sees it."""


def test_there_are_enough_of_them() -> None:
    assert len(CARRIERS) >= 100
    assert len(TEXT_CARRIERS) >= 70
    assert len(FIELDS) >= 60


def test_the_detector_sees_every_carrier_before_masking() -> None:
    for plant in diagonal():
        if plant.carrier not in UNREADABLE:
            assert traces(to_json(plant.payload)), plant.carrier


@pytest.mark.parametrize("field", FIELDS)
def test_masked_content_holds_no_canary(field: str) -> None:
    policy = Policy(content="masked")
    for plant in matrix():
        if plant.field == field:
            made = policy.apply(plant.payload)
            assert not traces(to_json(made)), plant.carrier
            assert not traces(repr(made)), plant.carrier
            assert made.timing == plant.payload.timing


PERSONAL = ("zoe.canary@example.com", "4111111111111111", "GB82WEST12345698765432", "536-22-1234",
            "+14155550132", "203.0.113.77")  # fmt: skip


@pytest.mark.parametrize("canary", PERSONAL)
def test_personal_data_is_found_in_every_field(canary: str) -> None:
    policy = Policy(content="masked")
    for field, plant in FIELDS.items():
        made = policy.apply(plant(sample("bare"), f"It is {canary}, they said."))
        assert canary.encode() not in to_json(made), field


def test_a_call_leaks_no_canary_on_any_way(
    make_logger: Callable[..., Logger], caplog: pytest.LogCaptureFixture
) -> None:
    """Through the call handle, with live objects, successes, failures and streams."""
    caplog.set_level("DEBUG")
    records = Records()
    logger = make_logger(records, content="masked")
    for carry in CARRIERS.values():
        value = carry(CANARY)
        with (
            pytest.raises(ValueError, match="bad"),
            logger.call(
                messages=[{"role": "user", "content": value}],
                metadata={"note": value},
                user=value,
                tags=[value],
                name=value,
                parameters={"stop": value},
                tools=[value],
                attributes={"note": value},
                session=value,
            ) as call,
        ):
            raise ValueError("bad", value)
        with logger.call(input=carry(CANARY), output=carry(CANARY)) as call:
            call.finish({"choices": [{"message": {"content": carry(CANARY)}}]})
    for chunk in call_stream(logger):
        assert chunk
    assert logger.flush(60).complete
    left = "".join(to_json(payload).decode() for payload in records.all())
    assert len(records.all()) == 2 * len(CARRIERS) + 1
    assert not traces(left)
    assert not traces(caplog.text)
    assert not traces(f"{logger.stats()} {logger.routes}")


def call_stream(logger: Logger) -> Any:
    """Return a stream that says the canary letter by letter."""
    call = logger.start_call(kind="chat")
    chunks = ({"choices": [{"index": 0, "delta": {"content": letter}}]} for letter in CANARY)
    return call.stream(chunks)


def test_every_field_of_a_payload_is_in_the_matrix() -> None:
    planted = {change_of(plant.payload) for plant in diagonal() if plant.carrier == "sentence"}
    ours = {"id", "kind", "status", "timing", "trace_id", "span_id", "parent_span_id",
            "ancestor_ids", "schema_version", "sdk_version", "server_port", "stream", "chunks",
            "cache_hit", "cost_saved", "sample_weight"}  # fmt: skip
    assert {item.name for item in attrs.fields(Payload)} - ours == planted


def change_of(payload: Payload) -> str:
    bare = evolve(sample("bare"), id=payload.id, span_id=payload.span_id)
    (name,) = (item.name for item in attrs.fields(Payload)
               if getattr(bare, item.name) != getattr(payload, item.name))  # fmt: skip
    return name


@pytest.mark.parametrize("name", ["id", "trace_id", "span_id", "kind", "status", "sdk_version"])
def test_not_even_our_own_fields_carry_one(name: str) -> None:
    made = Policy(content="masked").apply(evolve(sample("bare"), **{name: CANARY}))
    assert not traces(to_json(made))


def test_the_matrix_is_importable_and_bounded() -> None:
    assert set(TEXT_FIELDS) < set(FIELDS)
    assert len(list(diagonal())) < 400
    assert json.loads(to_json(next(matrix()).payload))
