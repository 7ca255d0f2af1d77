"""A mould makes what its class makes, and nothing that anybody can change."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from llmlog.message import Message
from llmlog.mould import mould
from llmlog.payload import Cost, Payload, Timing, Usage
from llmlog.testing import SAMPLES, sample


def _given(value: Any) -> dict[str, Any]:
    return {item.name: getattr(value, item.name) for item in attrs.fields(type(value))}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_mould_makes_equal_values_of_the_same_class(name: str) -> None:
    payload = sample(name)
    made = mould(Payload)(**_given(payload))
    assert type(made) is Payload
    assert made == payload
    assert repr(made) == repr(payload)


def test_what_is_not_given_has_its_default_and_what_is_goes_through_its_converter() -> None:
    required: Any = {name: value for name, value in _given(sample("bare")).items()
                     if name in ("id", "kind", "status", "timing", "trace_id", "span_id")}  # fmt: skip
    made = mould(Payload)(**required, tags=["a", "b"])
    assert made == Payload(**required, tags=["a", "b"])
    assert made.tags == ("a", "b")
    assert made.metadata is not mould(Payload)(**required).metadata


@pytest.mark.parametrize("value", [Cost(total=1.0), Usage(raw={}), Message(role="user")])
def test_no_field_can_be_set_or_deleted(value: Any) -> None:
    made = mould(type(value))(**_given(value))
    name = attrs.fields(type(value))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, name, None)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(made, name)


def test_a_missing_or_unknown_field_is_an_error() -> None:
    made: Any = mould(Timing)
    with pytest.raises(TypeError, match="end_unix_ns"):
        made(start_unix_ns=1)
    with pytest.raises(TypeError, match="nothing"):
        made(start_unix_ns=1, end_unix_ns=2, nothing=3)


def test_a_made_value_is_copied_evolved_and_pickled_as_any() -> None:
    made = mould(Timing)(start_unix_ns=1, end_unix_ns=2)
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made
    assert attrs.evolve(made, end_unix_ns=3) == Timing(start_unix_ns=1, end_unix_ns=3)
    assert hash(made) == hash(Timing(start_unix_ns=1, end_unix_ns=2))
