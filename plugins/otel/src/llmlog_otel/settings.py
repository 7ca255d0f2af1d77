"""The standard `OTEL_EXPORTER_OTLP_*` variables, and what follows from them.

Source: the OpenTelemetry specification, protocol/exporter.md and configuration of the resource.
A variable for traces alone wins over the one for all signals.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from attrs import Factory, frozen

from llmlog import Secret, env
from llmlog.header import header_pairs
from llmlog.otlp import Dialect

Protocol = Literal["http/protobuf", "http/json", "grpc"]
_PATH = "/v1/traces"


def _variables(name: str) -> tuple[str, str]:
    return f"OTEL_EXPORTER_OTLP_TRACES_{name}", f"OTEL_EXPORTER_OTLP_{name}"


@frozen
class Settings:
    """Where to send, how, and in whose name."""

    endpoint: str | None = env(
        "OTEL_EXPORTER_OTLP_ENDPOINT", default=None, help="base address; /v1/traces is appended"
    )
    traces_endpoint: str | None = env(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", default=None, help="whole address, used as it is"
    )
    protocol: Protocol = env(
        *_variables("PROTOCOL"), default="http/protobuf", help="grpc needs llmlog-otel[grpc]"
    )
    headers: Secret | None = env(
        *_variables("HEADERS"), default=None, help="name=value,name=value; percent-encoded"
    )
    timeout_ms: float = env(
        *_variables("TIMEOUT"), default=10_000.0, help="of one request, in milliseconds"
    )
    compression: Literal["gzip", "none"] = env(
        *_variables("COMPRESSION"), default="gzip", help="of request bodies"
    )
    certificate: Path | None = env(
        *_variables("CERTIFICATE"), default=None, help="certificates to trust, PEM"
    )
    client_key: Path | None = env(
        *_variables("CLIENT_KEY"), default=None, help="private key of the client, PEM"
    )
    client_certificate: Path | None = env(
        *_variables("CLIENT_CERTIFICATE"), default=None, help="certificate of the client, PEM"
    )
    insecure: bool = env(
        *_variables("INSECURE"), default=False, help="no TLS, for a grpc address with no scheme"
    )
    service_name: str | None = env(
        "OTEL_SERVICE_NAME", default=None, help="service.name of records that name none"
    )
    resource_attributes: Mapping[str, str] = env(
        "OTEL_RESOURCE_ATTRIBUTES", default=Factory(dict), help="name=value,name=value"
    )
    conventions: Dialect = env(
        default="both",
        help="names of attributes: GenAI's current, previous, both; openinference, openllmetry, "
        "langfuse",
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could only fail later, again and again."""
        list(header_pairs(self.headers))
        if self.protocol == "grpc":
            return
        if urlsplit(self.url).scheme not in ("http", "https"):
            message = f"endpoint {self.url!r}: say http:// or https:// and the host"
            raise ValueError(message)

    @property
    def url(self) -> str:
        """Return the address that is sent to."""
        if self.traces_endpoint:
            return self.traces_endpoint
        if self.protocol == "grpc":
            return self.endpoint or "http://localhost:4317"
        parts = urlsplit(self.endpoint or "http://localhost:4318")
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") + _PATH))

    @property
    def sent_headers(self) -> dict[str, str]:
        """Return the headers of the user, decoded, with lower-case names."""
        return dict(header_pairs(self.headers))

    @property
    def timeout_s(self) -> float:
        """Return the time for one request, in seconds."""
        return self.timeout_ms / 1000

    @property
    def resource(self) -> dict[str, str]:
        """Return what the user says of the program that runs."""
        named = {key: unquote(value) for key, value in self.resource_attributes.items()}
        return named | ({"service.name": self.service_name} if self.service_name else {})
