"""Send LLM calls to Logfire: one span of the GenAI conventions per call, over OTLP.

https://logfire.pydantic.dev/docs/how-to-guides/alternative-clients/ and, for names, levels and
sizes, the vendor's package `logfire-sdk` 5.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from llmlog import Limits, Payload, Secret, env
from llmlog.otlp import Attributes, otlp_exporter, resource_attributes
from llmlog.otlp.address import traces_url
from llmlog_logfire.span import attributes

__all__ = ["Settings", "exporter"]

LIMITS = Limits(events=512, bytes=5_000_000)
"""Under the 5 MiB at which the vendor's own client splits."""
_REGION = re.compile(r"pylf_v[0-9]+_(us|eu)_")


@frozen
class Settings:
    """Where to send, and in whose name."""

    token: Secret = env("LOGFIRE_TOKEN", help="a write token of the project; it names the region")
    base_url: str | None = env("LOGFIRE_BASE_URL", default=None, help="own server")
    service_name: str | None = env(
        "LOGFIRE_SERVICE_NAME", default=None, help="of records that name none"
    )
    service_version: str | None = env(
        "LOGFIRE_SERVICE_VERSION", default=None, help="of records that have no release"
    )
    environment: str | None = env(
        "LOGFIRE_ENVIRONMENT", default=None, help="of records that name none"
    )


def endpoint(settings: Settings) -> str:
    """Return the address of the token's region; tokens from before there were any are American."""
    found = _REGION.match(settings.token.reveal())
    region = found.group(1) if found else "us"
    return traces_url(settings.base_url or f"https://logfire-{region}.pydantic.dev")


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, without a word before it."""
    return {"authorization": settings.token.reveal()}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with those of the settings where it says nothing."""
    own = resource_attributes(payload)
    return {
        **own,
        "service.name": own["service.name"] or settings.service_name,
        "service.version": own["service.version"] or settings.service_version,
        "deployment.environment.name": own["deployment.environment.name"] or settings.environment,
    }


exporter = otlp_exporter(
    name="logfire", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, resource=resource, limits=LIMITS,
)  # fmt: skip
