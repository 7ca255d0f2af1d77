"""OTLP: addresses, headers, attributes, events and dialects, as plugins use them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from llmlog import Limits, Secret
from llmlog.testing.samples import SAMPLES, sample

pytest.importorskip("opentelemetry.proto")
otlp: Any = pytest.importorskip("llmlog.otlp")
traces_url: Any = pytest.importorskip("llmlog.otlp.address").traces_url
header_pairs: Any = pytest.importorskip("llmlog.header").header_pairs


def spans(**options: Any) -> list[dict[str, Any]]:
    """Return all samples as an exporter with these options sends them."""
    from llmlog.testing.otlp import spans

    exporter = otlp.otlp_exporter(
        name="example", settings=object, endpoint=lambda _: "https://otlp.example/v1/traces",
        **options,
    )  # fmt: skip
    return spans(exporter.encode(None, [sample(name) for name in SAMPLES]).content)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://c", "https://c/v1/traces"),
        ("https://c/", "https://c/v1/traces"),
        ("https://c/v1", "https://c/v1/traces"),
        ("https://c/v1/traces", "https://c/v1/traces"),
        ("https://c/v1/traces/", "https://c/v1/traces"),
        ("https://c/otlp?tenant=a", "https://c/otlp/v1/traces?tenant=a"),
    ],
)
def test_the_path_is_there_once(base: str, url: str) -> None:
    assert traces_url(base) == url


def test_a_vendor_may_have_a_path_of_its_own() -> None:
    assert traces_url("https://c", "/api/trace") == "https://c/api/trace"
    assert traces_url("https://c/api", "/api/trace") == "https://c/api/trace"
    assert traces_url("https://c/x", "/trace") == "https://c/x/trace"


def test_headers_are_decoded_and_their_names_lower_case() -> None:
    pairs = header_pairs(Secret("Api-Key=fake%2Ckey%3D, x-tenant = a%20b,"))
    assert dict(pairs) == {"api-key": "fake,key=", "x-tenant": "a b"}
    assert not list(header_pairs(None))


def test_a_broken_header_is_not_shown() -> None:
    with pytest.raises(ValueError, match="item 2 is not name=value") as caught:
        list(header_pairs(Secret("a=b,fake-secret")))
    assert "fake-secret" not in str(caught.value)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_a_number_of_64_bits_stays_one(number: int) -> None:
    (span, *_) = spans(attributes=lambda _: {"n": number, "list": [number, 1]})
    assert span["attributes"] == {"n": number, "list": [number, 1]}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
def test_a_larger_number_is_sent_as_text(number: int) -> None:
    (span, *_) = spans(attributes=lambda _: {"n": number})
    assert span["attributes"] == {"n": str(number)}


def test_a_vendor_may_have_events_of_its_own() -> None:
    def events(payload: Any) -> Any:
        yield "asked", payload.timing.start_unix_ns, {"by": payload.user_id}
        yield from otlp.span_events(payload)

    found = dict(zip(SAMPLES, spans(events=events), strict=True))
    names = [event["name"] for event in found["failure"]["events"]]
    assert names == ["asked", "llmlog.attempt", "llmlog.attempt", "exception"]
    assert found["chat"]["events"] == [
        {"name": "asked", "time": sample().timing.start_unix_ns, "attributes": {"by": "user-1"}}
    ]


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        ("current", "gen_ai.usage.input_tokens"), ("previous", "gen_ai.system"),
        ("both", "gen_ai.system"), ("openinference", "llm.token_count.prompt"),
        ("openllmetry", "gen_ai.usage.total_tokens"),
    ],
)  # fmt: skip
def test_every_dialect_tells_every_call_by_its_id(dialect: Any, name: str) -> None:
    found = spans(attributes=otlp.mapper(dialect))
    assert name in found[0]["attributes"]
    ids = [span["attributes"]["llmlog.id"] for span in found]
    assert ids == [sample(name).id for name in SAMPLES]


def test_a_call_is_named_by_its_user_or_by_what_it_does() -> None:
    assert otlp.call_name(sample()) == "greet"
    assert otlp.call_name(evolve(sample(), name=None)) == "chat gpt-4o-mini"


def test_limits_may_be_the_vendors() -> None:
    made = otlp.otlp_exporter(
        name="example", settings=object, endpoint=lambda _: "", limits=Limits(events=7)
    )
    assert made.limits.events == 7
