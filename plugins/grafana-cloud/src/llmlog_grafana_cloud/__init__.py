"""Send LLM calls to Grafana Cloud: one span of the GenAI conventions per call, over OTLP.

https://grafana.com/docs/grafana-cloud/send-data/otlp/send-data-otlp/
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from attrs import frozen

from llmlog import Secret, env
from llmlog.otlp import otlp_exporter
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    endpoint: str = env(
        "GRAFANA_CLOUD_OTLP_ENDPOINT",
        help="such as https://otlp-gateway-prod-eu-west-0.grafana.net/otlp; /v1/traces is appended",
    )
    instance_id: str = env("GRAFANA_CLOUD_INSTANCE_ID", help="number of the stack's instance")
    api_key: Secret = env(
        "GRAFANA_CLOUD_API_KEY", "GRAFANA_CLOUD_API_TOKEN",
        help="glc_..., an access policy's token with traces:write",
    )  # fmt: skip


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.endpoint)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the instance and its token, in HTTP's basic form."""
    pair = f"{settings.instance_id}:{settings.api_key.reveal()}"
    return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}


exporter = otlp_exporter(
    name="grafana-cloud", settings=Settings, endpoint=endpoint, headers=headers
)
