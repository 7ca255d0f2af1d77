"""Facts that many backends have a place for."""

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmlog import Payload
from llmlog.fact import CONTENT, GIVEN, dollars, level, rest, title
from llmlog.payload import Cost
from llmlog.schema import to_dict
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads

NAMES = [item.name for item in attrs.fields(Payload)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads(), placed=st.sets(st.sampled_from(NAMES)))
def test_the_rest_is_the_record_without_what_is_placed(payload, placed):
    whole = to_dict(payload)
    assert rest(payload, *placed) == {name: whole[name] for name in whole if name not in placed}


def test_a_part_of_a_field_can_be_placed_too():
    failed = next(each for each in map(sample, SAMPLES) if each.error and each.error.stacktrace)
    error = rest(failed, "error.stacktrace")["error"]
    assert "stacktrace" not in error
    assert error == {k: v for k, v in to_dict(failed)["error"].items() if k != "stacktrace"}


def test_content_and_foreign_keys_are_fields_of_the_record():
    assert {*CONTENT, *GIVEN} <= set(NAMES)


@pytest.mark.parametrize(("status", "said"), [
    ("success", "info"), ("aborted", "warn"), ("blocked", "warn"), ("failure", "error"),
])  # fmt: skip
def test_a_level_is_as_bad_as_the_end(status, said):
    assert level(attrs.evolve(sample(next(iter(SAMPLES))), status=status)) == said


def test_only_dollars_are_dollars():
    assert dollars(attrs.evolve(sample(), cost=Cost(total=2.0))).total == 2.0
    assert dollars(attrs.evolve(sample(), cost=Cost(total=2.0, currency="EUR"))).total is None
    assert dollars(attrs.evolve(sample(), cost=None)).total is None


def test_a_call_without_a_name_is_called_by_kind_and_model():
    payload = attrs.evolve(sample(), kind="chat", request_model="m", response_model=None)
    assert title(attrs.evolve(payload, name=None)) == "chat m"
    assert title(attrs.evolve(payload, name="step")) == "step"


def test_a_misspelt_field_is_no_place() -> None:
    """A name that places nothing would let a field through twice."""
    with pytest.raises(ValueError, match="no field 'metdata': did you mean 'metadata'"):
        rest(sample(), "metdata")
