"""Addresses, headers and names, against the vendor's own packages."""

from __future__ import annotations

import pytest
from arize.otel import Endpoint, HTTPSpanExporter
from arize.otel.settings import ACCEPTED_PROJECT_TYPES
from attrs import evolve
from openinference.semconv.resource import ResourceAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

from llmlog import Secret, SettingsError
from llmlog.settings import Sources, load
from llmlog.testing.endpoint import ScriptedEndpoint
from llmlog.testing.otlp import spans
from llmlog.testing.samples import sample
from llmlog_arize import Settings, exporter

SETTINGS = Settings(api_key=Secret("fake-key"), space_id="U3BhY2U6MQ==", project="shop")


def test_the_request_is_addressed_as_the_vendors_exporter_addresses_its_own() -> None:
    with ScriptedEndpoint() as endpoint:
        url = f"{endpoint.url}/v1/traces"
        theirs = HTTPSpanExporter(endpoint=url, space_id=SETTINGS.space_id, api_key="fake-key")
        context = SpanContext(1, 1, is_remote=False)
        theirs.export([ReadableSpan("theirs", context, resource=Resource({}))])
        (sent,) = endpoint.requests
    ours = exporter.encode(evolve(SETTINGS, endpoint=f"{endpoint.url}/v1"), [sample()])
    assert ours.url == f"{endpoint.url}{sent.path}"
    for name, value in ours.headers.items():
        assert sent.headers[name] == value


def test_the_regions_are_the_vendors() -> None:
    default = exporter.encode(SETTINGS, [sample()]).url
    europe = exporter.encode(evolve(SETTINGS, region="eu-west-1a"), [sample()]).url
    assert default == f"{Endpoint.ARIZE.value}/traces"
    assert europe == f"{Endpoint.ARIZE_EUROPE.value}/traces"


def test_the_project_is_where_the_vendor_looks_for_it() -> None:
    (span,) = spans(exporter.encode(SETTINGS, [sample()]).content)
    assert span["resource"][ResourceAttributes.PROJECT_NAME] == "shop"
    assert span["resource"]["arize.project.type"] in ACCEPTED_PROJECT_TYPES
    assert span["name"] == "greet"
    assert span["attributes"]["llm.input_messages.1.message.content"] == "Say hello to Zoë."


def test_a_project_type_that_the_vendor_does_not_know_is_refused() -> None:
    environ = {"ARIZE_API_KEY": "k", "ARIZE_SPACE_ID": "s", "ARIZE_PROJECT_TYPE": "toy"}
    with pytest.raises(SettingsError, match="application or harness or experiment"):
        load(Settings, Sources(environ=environ), "arize")
