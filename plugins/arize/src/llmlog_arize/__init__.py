"""Send LLM calls to Arize AX: one OpenInference span per call, over OTLP.

https://arize.com/docs/ax and the vendor's package `arize-otel` 0.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from llmlog import Payload, Secret, env
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

    api_key: Secret = env("ARIZE_API_KEY", help="from the space's settings")
    space_id: str = env("ARIZE_SPACE_ID", "ARIZE_SPACE_KEY", help="from the space's settings")
    project: str = env("ARIZE_PROJECT_NAME", default="default", help="name of the project")
    project_type: Literal["application", "harness", "experiment"] = env(
        "ARIZE_PROJECT_TYPE", default="application", help="what the project is"
    )
    endpoint: str | None = env(
        "ARIZE_COLLECTOR_ENDPOINT", "ARIZE_HTTP_ENDPOINT", default=None,
        help="own address; wins over the region",
    )  # fmt: skip
    region: str | None = env(
        "ARIZE_REGION", default=None, help="such as eu-west-1a; the United States without"
    )


def endpoint(settings: Settings) -> str:
    """Return the address of the space's region."""
    region = f"{settings.region}." if settings.region else ""
    return traces_url(settings.endpoint or f"https://otlp.{region}arize.com")


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, without a word before it, and the space."""
    return {
        "authorization": settings.api_key.reveal(),
        "arize-space-id": settings.space_id,
        "arize-interface": "otel",
    }


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the project."""
    return {
        **resource_attributes(payload),
        "openinference.project.name": settings.project,
        "arize.project.type": settings.project_type,
    }


exporter = otlp_exporter(
    name="arize", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=openinference, span_name=call_name, resource=resource,
)  # fmt: skip
