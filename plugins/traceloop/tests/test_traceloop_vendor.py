"""Addresses as documented, names against the vendor's own package."""

from __future__ import annotations

from attrs import evolve
from opentelemetry.semconv_ai import SpanAttributes, TraceloopSpanKindValues

from llmlog import Secret
from llmlog.testing.otlp import spans
from llmlog.testing.samples import SAMPLES, sample
from llmlog_traceloop import Settings, exporter

SETTINGS = Settings(api_key=Secret("fake-key"))
NAMES = {value for value in vars(SpanAttributes).values() if isinstance(value, str)}


def test_the_request_is_addressed_as_documented() -> None:
    request = exporter.encode(evolve(SETTINGS, headers=Secret("x-own=a%20b")), [sample()])
    assert request.url == "https://api.traceloop.com/v1/traces"
    assert request.headers["authorization"] == "Bearer fake-key"
    assert request.headers["x-own"] == "a b"


def test_every_name_of_the_vendors_is_one_it_publishes() -> None:
    properties = f"{SpanAttributes.TRACELOOP_ASSOCIATION_PROPERTIES}."
    for span in spans(exporter.encode(SETTINGS, [sample(name) for name in SAMPLES]).content):
        for name in span["attributes"]:
            if name.startswith(("traceloop.", "llm.")) and not name.startswith(properties):
                assert name in NAMES


def test_a_chain_is_a_workflow() -> None:
    chain = evolve(sample("bare"), kind="chain", name="answer", input_value={"q": 1})
    (span,) = spans(exporter.encode(SETTINGS, [chain]).content)
    said = span["attributes"]
    assert span["name"] == "answer"
    assert said[SpanAttributes.TRACELOOP_SPAN_KIND] == TraceloopSpanKindValues.WORKFLOW.value
    assert said[SpanAttributes.TRACELOOP_WORKFLOW_NAME] == "answer"
    assert said[SpanAttributes.TRACELOOP_ENTITY_INPUT] == '{"q":1}'
