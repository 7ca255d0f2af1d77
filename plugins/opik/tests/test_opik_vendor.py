"""Traces and spans against the vendor's own REST client and models."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from opik.llm_usage import OpikUsage
from opik.rest_api.client import OpikApi
from opik.rest_api.types.span_write import SpanWrite
from opik.rest_api.types.trace_write import TraceWrite
from opik.types import LLMProvider

from llmlog import Cost, Payload, Secret, Usage
from llmlog.encoding import dumps
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog.testing.strategies import payloads
from llmlog_opik import Settings, bodies
from llmlog_opik.span import PROVIDERS, TYPES, is_root, span, trace

SETTINGS = Settings(api_key=Secret("fake-key"), workspace="team", project="shop")


def fits(payload: Payload) -> None:
    """Check a payload's trace and span against the vendor's models, which allow further fields."""
    for path, body in bodies(SETTINGS, [payload]).items():
        model: Any = TraceWrite if "traces" in path else SpanWrite
        (item,) = body["traces" if "traces" in path else "spans"]
        assert set(item) <= set(model.model_fields)
        read = model.model_validate_json(dumps(item), strict=False)
        assert UUID(read.id).version == 7
        assert isinstance(read.start_time, datetime)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_fits_the_vendors_models(name: str) -> None:
    fits(sample(name))


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_payload_fits_the_vendors_models(payload: Payload) -> None:
    fits(payload)


def test_the_vendors_client_sends_the_same() -> None:
    batch = [sample(name) for name in SAMPLES]
    with ScriptedEndpoint(default=Answer(status=204, content=b"")) as endpoint:
        settings = evolve(SETTINGS, url=endpoint.url)
        client = OpikApi(base_url=endpoint.url, api_key="fake-key", workspace_name="team")
        made = bodies(settings, batch)
        client.traces.create_traces(
            traces=[TraceWrite(**item) for item in made["v1/private/traces/batch"]["traces"]]
        )
        client.spans.create_spans(
            spans=[SpanWrite(**item) for item in made["v1/private/spans/batch"]["spans"]]
        )
        theirs = endpoint.requests
    assert [request.path.lstrip("/") for request in theirs] == list(made)
    for request, body in zip(theirs, made.values(), strict=True):
        assert times(request.json()) == times(json.loads(dumps(body)))
        for header in ("authorization", "comet-workspace", "content-type"):
            assert request.headers[header] == settings.headers[header]


def times(value: Any) -> Any:
    """Read the times: the vendor writes the same instant with fewer digits."""
    if isinstance(value, list):
        return [times(item) for item in value]
    if isinstance(value, dict):
        return {key: datetime.fromisoformat(item.replace("Z", "+00:00"))
                if key in ("start_time", "end_time") else times(item)
                for key, item in value.items()}  # fmt: skip
    return value


def test_types_and_providers_are_those_of_the_vendor() -> None:
    literal = str(get_type_hints(SpanWrite)["type"])
    assert all(repr(name) in literal for name in {*TYPES.values(), "llm"})
    assert {"openai", "anthropic", *PROVIDERS.values()} <= {item.value for item in LLMProvider}


def test_tokens_are_counted_as_the_vendor_counts_those_of_openai() -> None:
    raw = {
        "prompt_tokens": 24, "completion_tokens": 7, "total_tokens": 31,
        "prompt_tokens_details": {"cached_tokens": 6},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }  # fmt: skip
    theirs = OpikUsage.from_openai_completions_dict(raw).to_backend_compatible_full_usage_dict()
    usage = evolve(sample().usage or Usage(), raw=raw)
    assert span(evolve(sample(), usage=usage))["usage"] == theirs


def test_only_dollars_are_a_cost() -> None:
    assert span(sample())["total_estimated_cost"] == 0.0078
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    assert "total_estimated_cost" not in span(euros)


def test_a_tree_is_put_together_across_processes() -> None:
    root = evolve(sample(), parent_span_id=None)
    remote = evolve(sample("stream"), parent_span_id="b" * 16)
    assert is_root(root)
    assert trace(root)["id"] == span(root)["trace_id"] == span(root)["id"] == root.id
    assert span(remote)["trace_id"] == span(remote)["parent_span_id"] == root.id
    assert not is_root(remote)


def test_a_trace_of_another_tracer_begins_at_the_outermost_call() -> None:
    outer = evolve(sample("stream"), parent_span_id="b" * 16, trace_id="4bf92f3577b34da6" * 2)
    inner = evolve(sample("tools"), trace_id=outer.trace_id, ancestor_ids=(outer.id,))
    assert is_root(outer)
    assert not is_root(inner)
    assert span(inner)["trace_id"] == span(inner)["parent_span_id"] == outer.id
