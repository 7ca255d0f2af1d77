"""`otlp_exporter`, as other plugins use it."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from llmlog import Limits, Payload, Secret, env
from llmlog.otlp import gen_ai, otlp_exporter, resource_attributes
from llmlog.testing.samples import sample


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("EXAMPLE_API_KEY", help="from the project's page")
    project: str = env("EXAMPLE_PROJECT", default="default", help="name of the project")


SETTINGS = Settings(api_key=Secret("fake-key"), project="p-1")


def make(**options: Any) -> Any:
    """Return an exporter to a made-up vendor."""
    return otlp_exporter(
        name="example", settings=Settings, endpoint=lambda _: "https://otlp.example.com/v1/traces",
        **options,
    )  # fmt: skip


def test_name_and_endpoint_are_enough(decode: Any) -> None:
    request = make().encode(SETTINGS, [sample()])
    assert request.url == "https://otlp.example.com/v1/traces"
    assert dict(request.headers) == {"content-type": "application/x-protobuf"}
    (span,) = decode(request.content)
    assert span["name"] == "chat gpt-4o-mini"
    assert span["resource"]["service.name"] == "shop"


def test_a_vendor_says_what_a_span_looks_like(decode: Any) -> None:
    def attributes(payload: Payload) -> dict[str, Any]:
        return {
            "vendor.model": payload.model, "vendor.none": None, "vendor.deep": {"a": [1]},
            "vendor.mixed": [1, "a"], "vendor.list": ["a", "b"], "vendor.empty": [],
        }  # fmt: skip

    exporter = make(
        attributes=attributes,
        span_name=lambda payload: payload.name or "call",
        resource=lambda settings, payload: {
            **resource_attributes(payload), "vendor.project": settings.project,
            "service.name": None,
        },
        headers=lambda settings: {"Authorization": f"Bearer {settings.api_key.reveal()}"},
    )  # fmt: skip
    request = exporter.encode(SETTINGS, [sample()])
    (span,) = decode(request.content)
    assert span["name"] == "greet"
    assert span["attributes"] == {
        "vendor.model": "gpt-4o-mini-2024-07-18", "vendor.deep": '{"a":[1]}',
        "vendor.mixed": '[1,"a"]', "vendor.list": ["a", "b"], "vendor.empty": [],
    }  # fmt: skip
    assert span["resource"]["vendor.project"] == "p-1"
    assert span["resource"]["service.name"] == "unknown_service"
    assert request.headers["authorization"] == "Bearer fake-key"
    assert "fake-key" not in repr(request)


def test_a_vendor_that_reads_json_gets_json() -> None:
    exporter = make(encoding="json", attributes=lambda payload: {**gen_ai(payload), "x": True})
    body = json.loads(exporter.encode(SETTINGS, [sample()]).content)
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert {"key": "x", "value": {"boolValue": True}} in span["attributes"]


def test_limits_may_be_the_vendors_own() -> None:
    assert make(limits=Limits(events=7)).limits.events == 7
