"""Send LLM calls to SigNoz: one span of the GenAI conventions per call, over OTLP.

https://signoz.io/docs/ingestion/signoz-cloud/overview/
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Limits, Secret, env
from llmlog.otlp import otlp_exporter
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "exporter"]

LIMITS = Limits(events=512, bytes=15_000_000)
"""Under the documented 16 MB."""


@frozen
class Settings:
    """Where to send, and as whom."""

    endpoint: str = env(
        "SIGNOZ_INGESTION_ENDPOINT", default="http://localhost:4318",
        help="https://ingest.<region>.signoz.cloud, or own server; /v1/traces is appended",
    )  # fmt: skip
    ingestion_key: Secret | None = env(
        "SIGNOZ_INGESTION_KEY", default=None, help="of SigNoz Cloud; an own server needs none"
    )


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.endpoint)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, if there is one."""
    key = settings.ingestion_key
    return {"signoz-ingestion-key": key.reveal()} if key else {}


exporter = otlp_exporter(
    name="signoz", settings=Settings, endpoint=endpoint, headers=headers, limits=LIMITS
)
