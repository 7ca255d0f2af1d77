"""Send LLM calls to Galileo, now Splunk Agent Observability: one span per call, over OTLP.

https://docs.galileo.ai (OpenTelemetry), and the exporters of the vendor's SDKs under both names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from llmlog import Payload, Secret, env
from llmlog.otlp import Attributes, otlp_exporter, resource_attributes
from llmlog_galileo.span import attributes

__all__ = ["Settings", "exporter"]


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("GALILEO_API_KEY", "SPLUNK_AO_API_KEY", help="of the account")
    url: str = env(
        "GALILEO_API_URL",
        "SPLUNK_AO_API_URL",
        default="https://api.galileo.ai",
        help="of the API; of the console, with api. in place of console. or app.",
    )
    project: str = env(
        "GALILEO_PROJECT", "SPLUNK_AO_PROJECT", default="default", help="name of the project"
    )
    log_stream: str = env(
        "GALILEO_LOG_STREAM", "SPLUNK_AO_AGENT_STREAM", default="default",
        help="name of the log stream, Splunk's agent stream",
    )  # fmt: skip
    brand: Literal["galileo", "splunk_ao"] = env(
        "LLMLOG_GALILEO_BRAND", default="galileo", help="whose names the server knows"
    )


def endpoint(settings: Settings) -> str:
    """Return the address that takes spans."""
    path = "otel/traces" if settings.brand == "galileo" else "otel/v1/traces"
    return f"{settings.url.rstrip('/')}/{path}"


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, and the place for the spans."""
    name = "galileo-api-key" if settings.brand == "galileo" else "splunk-ao-api-key"
    place = {"project": settings.project, "logstream": settings.log_stream}
    return {name: settings.api_key.reveal(), **place}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the place for the spans."""
    return {
        **resource_attributes(payload),
        f"{settings.brand}.project.name": settings.project,
        f"{settings.brand}.logstream.name": settings.log_stream,
    }


exporter = otlp_exporter(
    name="galileo", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, resource=resource,
)  # fmt: skip
