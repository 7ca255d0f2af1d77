"""The standard variables, as the specification has them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from llmlog import Secret, SettingsError
from llmlog.settings import Sources, load
from llmlog.testing.samples import sample
from llmlog_otel import Settings, exporter
from llmlog_otel.exporter import limits_of


def settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings under an environment."""
    return load(Settings, Sources(environ=environ), "otel")[0]


def test_the_path_is_appended_to_the_base_address() -> None:
    for base in ("http://c:4318", "http://c:4318/"):
        assert settings({"OTEL_EXPORTER_OTLP_ENDPOINT": base}).url == "http://c:4318/v1/traces"
    below = settings({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/otlp/?tenant=a"})
    assert below.url == "https://c/otlp/v1/traces?tenant=a"


def test_the_address_for_traces_is_used_as_it_is() -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318",
               "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:4318/some/path"}  # fmt: skip
    assert settings(environ).url == "http://t:4318/some/path"


def test_the_default_address_is_the_local_collector() -> None:
    assert settings({}).url == "http://localhost:4318/v1/traces"
    assert settings({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}).url == "http://localhost:4317"


def test_headers_are_percent_decoded() -> None:
    made = settings({"OTEL_EXPORTER_OTLP_HEADERS": "Api-Key=fake%2Ckey%3D, x-tenant = a%20b,"})
    assert made.sent_headers == {"api-key": "fake,key=", "x-tenant": "a b"}
    assert "fake" not in repr(made)
    assert exporter.encode(made, [sample()]).headers["api-key"] == "fake,key="


def test_a_broken_header_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingsError, match="item 2 is not name=value") as caught:
        settings({"OTEL_EXPORTER_OTLP_HEADERS": "a=b,fake-secret"})
    assert "fake-secret" not in str(caught.value)


def test_time_is_in_milliseconds_and_compression_is_gzip() -> None:
    limits = limits_of(settings({"OTEL_EXPORTER_OTLP_TIMEOUT": "2500"}))
    assert (limits.timeout_s, limits.gzip) == (2.5, True)
    assert not limits_of(settings({"OTEL_EXPORTER_OTLP_COMPRESSION": "none"})).gzip


def test_requests_stay_under_what_receivers_take_by_default() -> None:
    assert limits_of(settings({})).bytes == 16_000_000
    assert limits_of(settings({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})).bytes == 4_000_000


@pytest.mark.parametrize(
    ("name", "value", "attribute"),
    [
        ("PROTOCOL", "http/json", "protocol"), ("TIMEOUT", "7", "timeout_ms"),
        ("COMPRESSION", "none", "compression"), ("HEADERS", "a=b", "headers"),
    ],
)  # fmt: skip
def test_a_variable_for_traces_wins(name: str, value: str, attribute: str) -> None:
    general = {"PROTOCOL": "http/protobuf", "TIMEOUT": "9", "COMPRESSION": "gzip",
               "HEADERS": "c=d"}  # fmt: skip
    made = settings({
        f"OTEL_EXPORTER_OTLP_{name}": general[name], f"OTEL_EXPORTER_OTLP_TRACES_{name}": value,
    })  # fmt: skip
    found = getattr(made, attribute)
    assert str(found.reveal() if isinstance(found, Secret) else found).removesuffix(".0") == value


def test_resource_attributes_are_decoded_and_a_record_knows_better() -> None:
    made = settings({
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,team=a%20b,host.name=h",
        "OTEL_SERVICE_NAME": "mine",
    })  # fmt: skip
    assert made.resource == {"service.name": "mine", "team": "a b", "host.name": "h"}


def test_an_address_that_can_never_work_is_refused() -> None:
    with pytest.raises(SettingsError, match="say http://"):
        settings({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"})


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(SettingsError, match="http/protobuf or http/json or grpc"):
        settings({"OTEL_EXPORTER_OTLP_PROTOCOL": "udp"})
