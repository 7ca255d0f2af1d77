"""The record and its forms."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmlog.message import PARTS, Message, Raw, Text
from llmlog.payload import Payload, Usage
from llmlog.schema import from_dict, from_json, json_schema, to_dict, to_json
from llmlog.testing import SAMPLES, sample

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_payload_survives_json(name: str) -> None:
    assert from_json(to_json(sample(name))) == sample(name)


@given(st.text(), PLAIN, st.dictionaries(st.text(), PLAIN, max_size=3))
def test_any_plain_content_survives_json(
    text: str, value: object, metadata: dict[str, object]
) -> None:
    message = Message(role=text, parts=[Text(content=text), Raw(value=value)])
    payload = attrs.evolve(
        sample(), input_messages=[message], metadata=metadata, output_value=value
    )
    assert from_json(to_json(payload)) == payload


def test_the_version_is_in_every_payload() -> None:
    assert to_dict(sample("bare"))["schema_version"] == "1.0"


def test_what_is_absent_is_left_out() -> None:
    assert set(to_dict(sample("bare"))) == {
        "schema_version", "id", "kind", "status", "timing", "trace_id", "span_id",
    }  # fmt: skip


def test_fields_of_a_newer_minor_version_are_ignored() -> None:
    value = {**to_dict(sample()), "schema_version": "1.9", "brand_new": 1}
    assert from_dict(value).id == sample().id


def test_another_major_version_is_refused_with_its_remedy() -> None:
    with pytest.raises(ValueError, match="upgrade llmlog"):
        from_dict({**to_dict(sample()), "schema_version": "2.0"})


def test_the_schema_names_every_field_and_part() -> None:
    definitions = json_schema()["$defs"]
    assert set(definitions["Payload"]["properties"]) == {
        item.name for item in attrs.fields(Payload)
    }
    assert {part.__name__ for part in PARTS.values()} <= set(definitions)
    json.dumps(definitions)


def test_every_sample_fits_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for name in SAMPLES:
        jsonschema.validate(to_dict(sample(name)), json_schema())


def test_usage_buckets_add_up() -> None:
    usage = Usage(input_tokens=5, cache_read_tokens=3, output_tokens=2, reasoning_tokens=4)
    assert (usage.total_input_tokens, usage.total_output_tokens, usage.total_tokens) == (8, 6, 14)
    assert Usage().total_tokens is None
