"""Send LLM calls to New Relic: one span of the GenAI conventions per call, over OTLP.

https://docs.newrelic.com/docs/opentelemetry/best-practices/opentelemetry-otlp/ and, for the limits
of attributes, its page on attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from llmlog import Limits, Payload, Secret, env
from llmlog.encoding import dumps_text
from llmlog.message import JSON
from llmlog.otlp import Attributes, gen_ai, otlp_exporter, resource_attributes
from llmlog.otlp.address import traces_url
from llmlog.wording import within

__all__ = ["Settings", "attributes", "exporter"]

LIMITS = Limits(events=512, bytes=1_000_000)
"""The documented size of a request."""
_NAME, _VALUE, _ITEMS = 255, 4095, 64
"""Characters of a name, characters of a value, items of a list."""
_HOSTS = {"us": "otlp.nr-data.net", "eu": "otlp.eu01.nr-data.net"}


@frozen
class Settings:
    """Where to send, and as whom."""

    license_key: Secret = env("NEW_RELIC_LICENSE_KEY", help="of the account, for ingest")
    region: Literal["us", "eu"] | None = env(
        "NEW_RELIC_REGION", default=None, help="us or eu; the key tells it"
    )
    app_name: str | None = env(
        "NEW_RELIC_APP_NAME", default=None, help="service.name of records that name none"
    )
    endpoint: str | None = env(default=None, help="own address; wins over the region")


def endpoint(settings: Settings) -> str:
    """Return the address of the account's region: keys of Europe begin with it."""
    found = "eu" if settings.license_key.reveal().lower().startswith("eu") else "us"
    return traces_url(settings.endpoint or f"https://{_HOSTS[settings.region or found]}")


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential."""
    return {"api-key": settings.license_key.reveal()}


def attributes(payload: Payload) -> Attributes:
    """Return the conventions' attributes, none larger than New Relic takes."""
    return {name[:_NAME]: _fitting(value) for name, value in gen_ai(payload).items()}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the name of the settings where it has none."""
    own = resource_attributes(payload)
    return {**own, "service.name": own["service.name"] or settings.app_name}


def _fitting(value: JSON) -> JSON:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return [within(item, _VALUE) for item in value[:_ITEMS]]
    return within(value if isinstance(value, str) else dumps_text(value), _VALUE)


exporter = otlp_exporter(
    name="newrelic", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, resource=resource, limits=LIMITS,
)  # fmt: skip
