"""Send LLM calls to Phoenix: one OpenInference span per call, over OTLP.

https://arize.com/docs/phoenix and the vendor's package `arize-phoenix-otel` 0.17.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Payload, Secret, env
from llmlog.header import header_pairs
from llmlog.otlp import (
    Attributes,
    call_name,
    openinference,
    otlp_exporter,
    resource_attributes,
)
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    endpoint: str = env(
        "PHOENIX_COLLECTOR_ENDPOINT", "PHOENIX_COLLECTOR_HTTP_ENDPOINT",
        default="http://localhost:6006", help="base address; /v1/traces is appended",
    )  # fmt: skip
    api_key: Secret | None = env(
        "PHOENIX_API_KEY", default=None, help="where the server asks for one"
    )
    project: str = env(
        "PHOENIX_PROJECT", "PHOENIX_PROJECT_NAME", default="default", help="name of the project"
    )
    client_headers: Secret | None = env(
        "PHOENIX_CLIENT_HEADERS", default=None, help="name=value,name=value; percent-encoded"
    )

    def __attrs_post_init__(self) -> None:
        """Refuse headers that could only fail later."""
        list(header_pairs(self.client_headers))


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.endpoint)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, if there is one; the user's own headers win."""
    key = settings.api_key
    own = {"authorization": f"Bearer {key.reveal()}"} if key else {}
    return {**own, **dict(header_pairs(settings.client_headers))}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the project."""
    return {**resource_attributes(payload), "openinference.project.name": settings.project}


exporter = otlp_exporter(
    name="phoenix", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=openinference, span_name=call_name, resource=resource,
)  # fmt: skip
