"""Addresses and headers, against the vendor's own exporter."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext
from phoenix.otel import HTTPSpanExporter
from phoenix.otel.settings import get_env_project_name

from llmlog import Secret, SettingsError
from llmlog.settings import Sources, load
from llmlog.testing.endpoint import ScriptedEndpoint
from llmlog.testing.otlp import spans
from llmlog.testing.samples import sample
from llmlog_phoenix import Settings, exporter


@pytest.mark.parametrize("path", ["", "/s/my-space", "/s/my-space/"])
def test_the_request_is_addressed_as_the_vendors_exporter_addresses_its_own(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedEndpoint() as endpoint:
        environ = {"PHOENIX_COLLECTOR_ENDPOINT": endpoint.url + path, "PHOENIX_API_KEY": "fake",
                   "PHOENIX_CLIENT_HEADERS": "x-own=a%20b", "PHOENIX_PROJECT": "shop"}  # fmt: skip
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        context = SpanContext(1, 1, is_remote=False)
        HTTPSpanExporter().export([ReadableSpan("theirs", context, resource=Resource({}))])
        project = get_env_project_name()
        (sent,) = endpoint.requests
    settings = load(Settings, Sources(environ=environ), "phoenix")[0]
    ours = exporter.encode(settings, [sample()])
    assert ours.url == f"{endpoint.url}{sent.path}"
    assert ours.headers["x-own"] == sent.headers["x-own"] == "a b"
    assert ours.headers["authorization"] == "Bearer fake"
    assert spans(ours.content)[0]["resource"]["openinference.project.name"] == project == "shop"


def test_without_a_key_no_credential_is_sent() -> None:
    request = exporter.encode(Settings(), [sample()])
    assert "authorization" not in request.headers
    assert request.url == "http://localhost:6006/v1/traces"


def test_broken_headers_are_refused_without_showing_them() -> None:
    environ = {"PHOENIX_CLIENT_HEADERS": "fake-secret"}
    with pytest.raises(SettingsError, match="item 1 is not name=value") as caught:
        load(Settings, Sources(environ=environ), "phoenix")
    assert "fake-secret" not in str(caught.value)


def test_the_users_own_header_wins() -> None:
    own: Any = Settings(api_key=Secret("fake"), client_headers=Secret("Authorization=Basic%20x"))
    assert exporter.encode(own, [sample()]).headers["authorization"] == "Basic x"
