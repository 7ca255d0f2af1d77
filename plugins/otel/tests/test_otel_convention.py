"""Names and shapes against those that OpenTelemetry publishes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from attrs import evolve
from opentelemetry.semconv._incubating.attributes import (
    deployment_attributes,
    error_attributes,
    exception_attributes,
    gen_ai_attributes,
    host_attributes,
    http_attributes,
    openai_attributes,
    server_attributes,
    service_attributes,
    session_attributes,
    telemetry_attributes,
    user_attributes,
)
from opentelemetry.util.genai import _inference_invocation as genai_inference
from opentelemetry.util.genai import types as genai_types

from llmlog import Cost, Message, Payload, Raw, Text, ToolCall, Usage
from llmlog.otlp import (
    error_type,
    gen_ai,
    input_messages,
    output_messages,
    resource_attributes,
    span_name,
    tool_definitions,
)
from llmlog.testing.samples import SAMPLES, sample
from llmlog_otel import Settings, exporter

MODULES = (
    deployment_attributes, error_attributes, exception_attributes, gen_ai_attributes,
    host_attributes, http_attributes, openai_attributes, server_attributes, service_attributes,
    session_attributes, telemetry_attributes, user_attributes, genai_inference,
)  # fmt: skip
"""Constants of the published conventions; the newest are in the instrumentation library alone."""
PUBLISHED = {value for module in MODULES for value in vars(module).values()
             if isinstance(value, str) and "." in value}  # fmt: skip
DE_FACTO = {"gen_ai.usage.cost"}
"""Never published, but what backends read a cost from."""
PARTS = {
    cls.type: cls for cls in vars(genai_types).values()
    if dataclasses.is_dataclass(cls) and isinstance(getattr(cls, "type", None), str)
}  # fmt: skip


def full() -> Payload:
    """Return a payload that has everything."""
    return evolve(
        sample("failure"), output_messages=sample("tools").output_messages,
        tools=sample("tools").tools, chunks=sample("stream").chunks,
        timing=sample("stream").timing, cost=sample().cost, stream=True,
        response_model="m", response_id="r", service_tier="default", cache_hit=False,
        guardrails=sample("blocked").guardrails,
        usage=Usage(input_tokens=1, cache_read_tokens=2, cache_write_tokens=4,
                    input_audio_tokens=8, input_image_tokens=16, output_tokens=32,
                    reasoning_tokens=64, output_audio_tokens=128, output_image_tokens=256),
        parameters={"temperature": 1, "top_p": 0.5, "top_k": 40.0, "max_completion_tokens": 9,
                    "n": 2, "seed": 7, "frequency_penalty": 0.1, "presence_penalty": 0.2,
                    "stop": "END", "reasoning_effort": "low", "dimensions": 8,
                    "encoding_format": "float", "previous_response_id": "p", "logprobs": True},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["chat", "tool", "agent", "chain", "retrieval", "embedding"])
def test_every_name_is_published_or_ours(kind: Any) -> None:
    payload = evolve(full(), kind=kind, input_value="in", output_value=["out"])
    names = {*gen_ai(payload), *resource_attributes(payload)}
    strangers = {name for name in names if not name.startswith("llmlog.")}
    assert strangers - PUBLISHED <= DE_FACTO


@pytest.mark.parametrize("name", SAMPLES)
def test_messages_are_made_of_published_parts(name: str) -> None:
    payload = sample(name)
    messages = input_messages(payload) + output_messages(payload)
    for part in (part for message in messages for part in message["parts"]):
        known = {field.name for field in dataclasses.fields(PARTS[part["type"]])}
        assert set(part) <= known
        required = {
            field.name for field in dataclasses.fields(PARTS[part["type"]])
            if field.default is dataclasses.MISSING
        } - {"id", "mime_type"}  # fmt: skip
        assert required <= set(part)


def test_every_output_message_has_a_reason_in_the_previous_spelling() -> None:
    payload = sample("aborted")
    assert [message["finish_reason"] for message in output_messages(payload)] == ["error"]
    assert "finish_reason" not in output_messages(payload, require_reason=False)[0]
    silent = evolve(payload, status="success")
    assert output_messages(silent)[0]["finish_reason"] == "unknown"


def test_parts_without_a_word_of_their_own_keep_their_type() -> None:
    parts = [
        Raw(value={"type": "refusal", "refusal": "no"}), Raw(value=[1]),
        ToolCall(name="f", arguments=None), Text(content=""),
    ]  # fmt: skip
    payload = evolve(sample(), input_messages=[Message(role="user", parts=parts)])
    assert input_messages(payload)[0]["parts"] == [
        {"type": "refusal", "refusal": "no"},
        {"type": "raw", "value": [1]},
        {"type": "tool_call", "name": "f"},
        {"type": "text", "content": ""},
    ]


def test_tool_definitions_are_flat_whoever_declared_them() -> None:
    schema = {"type": "object"}
    tools = (
        {"type": "function", "function": {"name": "a", "parameters": schema}},
        {"name": "b", "input_schema": schema},
        {"type": "web_search", "name": "c"},
        "[hidden]",
    )
    assert tool_definitions(evolve(sample(), tools=tools)) == [
        {"type": "function", "name": "a", "parameters": schema},
        {"type": "function", "name": "b", "parameters": schema},
        {"type": "web_search", "name": "c"},
        "[hidden]",
    ]


def test_parameters_have_the_type_that_their_name_demands() -> None:
    made = gen_ai(full())
    assert made["gen_ai.request.temperature"] == 1.0
    assert isinstance(made["gen_ai.request.temperature"], float)
    assert isinstance(made["gen_ai.request.top_k"], int)
    assert made["gen_ai.request.max_tokens"] == 9
    assert made["gen_ai.request.stop_sequences"] == ["END"]
    assert made["gen_ai.request.encoding_formats"] == ["float"]
    assert made["gen_ai.request.choice.count"] == 2
    assert made["llmlog.request.parameters"] == {"logprobs": True}


def test_a_parameter_of_the_wrong_type_is_left_out() -> None:
    odd = {"temperature": "hot", "top_k": 1.5, "stop": [1], "n": True, "seed": None}
    made = gen_ai(evolve(sample(), parameters=odd))
    assert not {name for name in made if name.startswith("gen_ai.request.")
                and made[name] is not None} - {"gen_ai.request.model"}  # fmt: skip


def test_token_totals_include_every_bucket() -> None:
    made = gen_ai(full())
    assert made["gen_ai.usage.input_tokens"] == 31
    assert made["gen_ai.usage.output_tokens"] == 480
    assert made["gen_ai.usage.cache_write.input_tokens"] == 4
    assert made["gen_ai.usage.cache_creation.input_tokens"] == 4


def test_a_cost_in_another_currency_is_no_cost_in_dollars() -> None:
    made = gen_ai(evolve(sample(), cost=Cost(total=1.0, currency="EUR")))
    assert made["gen_ai.usage.cost"] is None
    assert (made["llmlog.cost.total"], made["llmlog.cost.currency"]) == (1.0, "EUR")


def test_what_is_unknown_is_absent(decode: Any) -> None:
    (span,) = decode(exporter.encode(Settings(), [sample("bare")]).content)
    assert set(span["attributes"]) == {
        "gen_ai.operation.name", "llmlog.id", "llmlog.kind", "llmlog.status"
    }  # fmt: skip
    assert span["resource"] == {
        "service.name": "unknown_service", "telemetry.sdk.name": "llmlog",
        "telemetry.sdk.language": "python",
    }  # fmt: skip
    assert span["status"] == {"code": 0, "message": ""}


def test_failures_and_blocks_are_errors_and_an_early_end_is_not() -> None:
    types = {name: error_type(sample(name)) for name in ("failure", "blocked", "aborted", "chat")}
    assert types == {"failure": "RateLimitError", "blocked": "Blocked", "aborted": None,
                     "chat": None}  # fmt: skip
    assert error_type(evolve(sample(), status="failure")) == "failure"


def test_each_attempt_is_an_event_and_the_call_stays_one_span(decode: Any) -> None:
    (span,) = decode(exporter.encode(Settings(), [sample("failure")]).content)
    assert [event["name"] for event in span["events"]] == [
        "llmlog.attempt", "llmlog.attempt", "exception"
    ]  # fmt: skip
    assert span["events"][1]["attributes"]["llmlog.attempt.reason"] == "retry"
    assert span["status"]["code"] == 2


def test_a_guardrail_is_an_event(decode: Any) -> None:
    (span,) = decode(exporter.encode(Settings(), [sample("blocked")]).content)
    assert span["events"][0]["name"] == "llmlog.guardrail"
    assert span["events"][0]["attributes"]["llmlog.guardrail.verdict"] == "blocked"


def test_spans_are_named_by_what_they_do() -> None:
    assert span_name(sample()) == "chat gpt-4o-mini"
    assert span_name(sample("embedding")) == "embeddings text-embedding-3-small"
    assert span_name(sample("bare")) == "execute_tool"
    named = evolve(sample("bare"), name="get_weather", input_value={"city": "Oslo"})
    assert span_name(named) == "execute_tool get_weather"
    assert gen_ai(named)["gen_ai.tool.name"] == "get_weather"
    assert gen_ai(named)["gen_ai.tool.call.arguments"] == {"city": "Oslo"}


def test_names_of_the_conventions_win_over_facts_of_a_gateway() -> None:
    facts = {"gen_ai.request.model": "x", "region": "eu"}
    made = gen_ai(evolve(sample(), attributes=facts))
    assert (made["gen_ai.request.model"], made["region"]) == ("gpt-4o-mini", "eu")


def test_an_id_of_another_form_still_gives_a_valid_one(decode: Any) -> None:
    odd = evolve(sample(), trace_id="not-hex", span_id="0" * 16)
    (span,) = decode(exporter.encode(Settings(), [odd]).content)
    assert len(span["trace_id"]) == 32
    assert len(span["span_id"]) == 16
    assert int(span["span_id"], 16)


def test_records_of_several_programs_keep_their_resources(decode: Any) -> None:
    batch = [sample(), evolve(sample(), service_name="billing"), sample("stream")]
    made = decode(exporter.encode(Settings(), batch).content)
    assert [span["resource"]["service.name"] for span in made] == ["shop", "shop", "billing"]
