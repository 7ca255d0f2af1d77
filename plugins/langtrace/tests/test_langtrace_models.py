"""Names and types that Langtrace's SDKs have for a call: the models that the vendor publishes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from langtrace.trace_attributes import LLMSpanAttributes
from pydantic import TypeAdapter

from llmlog import Payload
from llmlog.testing.samples import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_langtrace.span import attributes

FIELDS = {field.alias: field.annotation for field in LLMSpanAttributes.model_fields.values()}


def check(payload: Payload) -> set[str]:
    """Read what the models know of a call's attributes, and return which they know."""
    said = {name: value for name, value in attributes(payload).items() if value is not None}
    for name in said.keys() & FIELDS.keys():
        TypeAdapter(FIELDS[name]).validate_python(value_of(name, said[name]))
    return said.keys() & FIELDS.keys()


def value_of(name: str, value: Any) -> Any:
    """Return a value; what is no text is sent as JSON text, since the route reads no other."""
    return value if "str" in str(FIELDS[name]).replace("List[str]", "") else json.loads(str(value))


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_fit_the_models(name):
    assert {"gen_ai.operation.name", "langtrace.service.type", "langtrace.sdk.name"} <= check(
        sample(name))  # fmt: skip


@hypothesis_settings(deadline=None)
@given(payload=payloads())
def test_any_call_fits_the_models(payload):
    check(payload)


def test_what_is_known_of_a_call_has_the_models_names():
    assert {"gen_ai.request.model", "gen_ai.response.model", "gen_ai.response.finish_reasons",
            "gen_ai.request.temperature", "gen_ai.usage.input_tokens",
            "gen_ai.usage.total_tokens"} <= check(sample())  # fmt: skip
