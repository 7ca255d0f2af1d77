"""Addresses, credentials and attributes against the vendor's own SDK."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from sentry_sdk.consts import OP, SPANDATA, EndpointType
from sentry_sdk.utils import Dsn

from llmlog import Cost, Media, Message, Payload, Secret, Text, Usage
from llmlog.testing import SAMPLES, sample
from llmlog.testing.otlp import spans
from llmlog.testing.strategies import payloads
from llmlog_sentry import Settings, encode, endpoint, headers

SETTINGS = Settings(dsn=Secret("https://fakekey@o1.ingest.sentry.example/42"))
NAMES = {value for name, value in vars(SPANDATA).items() if name.isupper()}
BEYOND_THE_SDK = {
    "gen_ai.operation.type", "gen_ai.prompt.name", "gen_ai.prompt.version",
    "gen_ai.request.stop_sequences", "gen_ai.embeddings.dimension.count",
    "gen_ai.request.choice.count", "gen_ai.request.encoding_formats", "gen_ai.request.stream",
    "gen_ai.cost.input_tokens", "gen_ai.cost.output_tokens", "gen_ai.cost.total_tokens",
    "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.audio.input_tokens",
    "gen_ai.usage.audio.output_tokens", "gen_ai.usage.image.input_tokens",
    "gen_ai.usage.image.output_tokens",
}  # fmt: skip
"""Names of getsentry/sentry-conventions or of OpenTelemetry that the SDK does not write."""
TEXTS = (
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
    "gen_ai.tool.definitions", "gen_ai.response.finish_reasons", "gen_ai.embeddings.input",
    "gen_ai.request.seed", "gen_ai.operation.type", "sentry.op",
)  # fmt: skip
"""What getsentry/sentry-conventions has as text."""


def attributes(payload: Payload, settings: Settings = SETTINGS) -> dict[str, Any]:
    (span,) = spans(encode(settings, [payload]).content)
    made: dict[str, Any] = span["attributes"]
    return made


def fits(payload: Payload) -> None:
    made = attributes(payload)
    own = {name for name in made if name.startswith("gen_ai.")}
    assert not own - NAMES - BEYOND_THE_SDK
    assert not [name for name in TEXTS if not isinstance(made.get(name, ""), str)]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_attribute_is_one_that_sentry_knows(name: str) -> None:
    fits(sample(name))


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_any_payload_has_only_attributes_that_sentry_knows(payload: Payload) -> None:
    fits(payload)


@pytest.mark.parametrize("dsn", [
    "https://fakekey@o1.ingest.sentry.example/42", "http://fakekey@127.0.0.1:9000/sub/path/7"
])  # fmt: skip
def test_address_and_credential_are_those_of_the_vendors_sdk(dsn: str) -> None:
    settings, auth = Settings(dsn=Secret(dsn)), Dsn(dsn).to_auth()
    assert endpoint(settings) == auth.get_api_url(EndpointType.OTLP_TRACES)
    assert headers(settings)["x-sentry-auth"] == auth.to_header()


@pytest.mark.parametrize("kind", ["chat", "embedding", "tool", "agent", "text_completion"])
def test_operations_are_those_of_the_vendors_sdk(kind: Any) -> None:
    operations = {value for name, value in vars(OP).items() if name.isupper()}
    assert attributes(evolve(sample(), kind=kind))["sentry.op"] in operations


def test_instructions_are_apart_from_the_conversation() -> None:
    made = attributes(sample())
    assert made["gen_ai.system_instructions"] == "Answer briefly."
    assert "Answer briefly." not in made["gen_ai.input.messages"]


def test_binary_content_stays_here() -> None:
    parts: list[Any] = [
        Text(content="look"),
        Media(modality="image", mime_type="image/png", content="aGk="),
    ]
    made = attributes(evolve(sample(), input_messages=[Message(role="user", parts=parts)]))
    assert "aGk=" not in made["gen_ai.input.messages"]
    assert "[Blob substitute]" in made["gen_ai.input.messages"]


def test_the_exception_is_in_attributes() -> None:
    made = attributes(sample("failure"))
    assert made["exception.type"] == made["error.type"] == "RateLimitError"
    assert made["exception.stacktrace"].startswith("Traceback")


def test_settings_win_over_the_records_environment_and_release() -> None:
    own = attributes(sample())
    assert (own["sentry.environment"], own["sentry.release"]) == ("production", "1.4.2")
    made = attributes(sample(), evolve(SETTINGS, environment="staging", release="2"))
    assert (made["sentry.environment"], made["sentry.release"]) == ("staging", "2")


def test_only_dollars_are_a_cost() -> None:
    assert attributes(sample())["gen_ai.cost.total_tokens"] == 0.0078
    euros = evolve(sample(), cost=Cost(total=1.0, currency="EUR"))
    assert "gen_ai.cost.total_tokens" not in attributes(euros)


def test_tokens_written_to_a_cache_have_the_name_that_sentry_reads() -> None:
    made = attributes(evolve(sample(), usage=Usage(input_tokens=1, cache_write_tokens=7)))
    assert made[SPANDATA.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS] == 7
