"""Names, values, headers and types against those of Langfuse's own SDK."""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from attrs import evolve
from langfuse._client.attributes import LangfuseOtelSpanAttributes, create_generation_attributes
from langfuse._client.constants import ObservationTypeLiteral, get_observation_types_list
from langfuse._client.span_processor import LangfuseSpanProcessor
from langfuse.api import OtelResourceSpan
from langfuse.api.core.pydantic_utilities import parse_obj_as
from langfuse.types import SpanLevel
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

from llmlog import Cost, Payload, Secret
from llmlog.otlp import call_name, otlp_exporter
from llmlog.otlp.langfuse import LEVELS, TYPES
from llmlog.otlp.langfuse import langfuse as attributes
from llmlog.payload import Kind
from llmlog.testing.endpoint import ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample
from llmlog_langfuse import Settings, exporter, resource

SETTINGS = Settings(public_key="pk-lf-fake", secret_key=Secret("sk-lf-fake"))
NAMES = {value for name, value in vars(LangfuseOtelSpanAttributes).items() if name.isupper()}


def everything(payload: Payload) -> dict[str, Any]:
    """Return the attributes of a span and its resource that are there."""
    made = {**attributes(payload), **resource(SETTINGS, payload)}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_name_is_one_of_the_vendors(name: str) -> None:
    for key in everything(sample(name)):
        if key.startswith("langfuse."):
            metadata = key.startswith(f"{LangfuseOtelSpanAttributes.OBSERVATION_METADATA}.")
            assert key in NAMES or metadata
    assert {"user.id", "session.id"} <= NAMES


def test_every_kind_has_a_type_that_the_vendor_knows() -> None:
    known = get_observation_types_list(ObservationTypeLiteral)
    for kind in typing.get_args(Kind):
        assert TYPES.get(kind, "generation") in known
    assert set(LEVELS.values()) <= set(typing.get_args(SpanLevel))


def test_values_are_written_as_the_vendors_sdk_writes_them() -> None:
    payload = evolve(sample("stream"), parameters={"temperature": 0.2})
    made = everything(payload)
    first = datetime(2026, 11, 1, 12, 0, 0, 310_000, tzinfo=timezone.utc)
    expected = create_generation_attributes(
        completion_start_time=first,
        model="gpt-4o-mini-2024-07-18",
        model_parameters={"temperature": 0.2},
        usage_details={"input": 18, "input_cached_tokens": 6, "output": 5,
                       "output_reasoning_tokens": 2, "total": 31},
        cost_details={"input": 0.0036, "output": 0.0042, "total": 0.0078},
        input=[{"role": "system", "content": "Answer briefly."},
               {"role": "user", "content": "Say hello to Zoë."}],
        output={"role": "assistant", "content": "Hello, Zoë!"},
    )  # fmt: skip
    for name, value in expected.items():
        assert _read(made[name]) == _read(value), name


def _read(value: Any) -> Any:
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return datetime.fromisoformat(read.replace("Z", "+00:00")) if isinstance(read, str) else read


def test_usage_buckets_do_not_overlap() -> None:
    details = json.loads(everything(sample())[LangfuseOtelSpanAttributes.OBSERVATION_USAGE_DETAILS])
    total = details.pop("total")
    assert sum(details.values()) == total


@pytest.fixture
def headers() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return our headers and those of the vendor's SDK, of requests to the same address."""
    with ScriptedEndpoint() as endpoint:
        processor = LangfuseSpanProcessor(
            public_key="pk-lf-fake", secret_key="sk-lf-fake", base_url=endpoint.url
        )
        context = SpanContext(1, 1, is_remote=False)
        processor.span_exporter.export([ReadableSpan("theirs", context, resource=Resource({}))])
        processor.shutdown()
        (theirs,) = endpoint.requests
        ours = exporter.encode(evolve(SETTINGS, base_url=endpoint.url + "/"), [sample()])
        assert ours.url == endpoint.url + theirs.path
        return ours.headers, theirs.headers


def test_the_request_is_addressed_as_the_vendors_sdk_addresses_its_own(headers: Any) -> None:
    ours, theirs = headers
    for name in ("authorization", "content-type"):
        assert ours[name] == theirs[name]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="langfuse 5, which says it, needs 3.11")
def test_the_version_of_the_ingestion_is_the_one_that_the_vendors_sdk_says(headers: Any) -> None:
    ours, theirs = headers
    assert ours["x-langfuse-ingestion-version"] == theirs["x-langfuse-ingestion-version"]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_body_fits_the_vendors_published_api(name: str) -> None:
    as_json = otlp_exporter(
        name="langfuse", settings=Settings, endpoint=lambda _: "https://langfuse.example",
        attributes=attributes, span_name=call_name, resource=resource, encoding="json",
    )  # fmt: skip
    body = json.loads(as_json.encode(SETTINGS, [sample(name)]).content)
    for group in body["resourceSpans"]:
        read = parse_obj_as(OtelResourceSpan, group)
        assert read.scope_spans is not None
        (span,) = read.scope_spans[0].spans or ()
        assert (span.trace_id, span.span_id) == (sample(name).trace_id, sample(name).span_id)
        assert span.model_extra is not None
        assert set(span.model_extra) <= {"events", "scope"}


def test_only_dollars_are_a_cost() -> None:
    name = LangfuseOtelSpanAttributes.OBSERVATION_COST_DETAILS
    assert name not in everything(evolve(sample(), cost=Cost(total=1.0, currency="EUR")))


def test_a_prompt_is_linked_by_name_and_number() -> None:
    version = LangfuseOtelSpanAttributes.OBSERVATION_PROMPT_VERSION
    assert everything(sample())[version] == 3
    assert version not in everything(evolve(sample(), prompt_version="draft"))
    assert version not in everything(evolve(sample(), prompt_name=None))


def test_only_the_outermost_call_names_the_trace() -> None:
    name = LangfuseOtelSpanAttributes.TRACE_NAME
    assert everything(sample())[name] == "greet"
    assert name not in everything(sample("tools"))


def test_levels_tell_failures_from_decisions() -> None:
    level = LangfuseOtelSpanAttributes.OBSERVATION_LEVEL
    found = {name: everything(sample(name)).get(level) for name in SAMPLES}
    assert (found["failure"], found["blocked"], found["aborted"], found["chat"]) == (
        "ERROR", "WARNING", "WARNING", None,
    )  # fmt: skip


def test_the_settings_environment_and_release_win() -> None:
    settings = evolve(SETTINGS, environment="Staging", release="r-9")
    made = resource(settings, sample())
    assert (made["langfuse.environment"], made["langfuse.release"]) == ("staging", "r-9")
    made = resource(SETTINGS, sample())
    assert (made["langfuse.environment"], made["langfuse.release"]) == ("production", "1.4.2")


def test_what_is_unknown_is_absent() -> None:
    assert set(everything(sample("bare"))) == {
        "langfuse.observation.type", "langfuse.trace.name", "llmlog.id", "llmlog.kind",
        "llmlog.status", "telemetry.sdk.name", "telemetry.sdk.language",
    }  # fmt: skip
