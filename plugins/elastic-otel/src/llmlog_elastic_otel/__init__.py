"""Send LLM calls to Elastic: one span of the GenAI conventions per call, over OTLP.

https://www.elastic.co/docs/reference/opentelemetry/motlp
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Payload, Secret, env
from llmlog.otlp import Attributes, otlp_exporter, resource_attributes
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    endpoint: str = env(
        "ELASTIC_OTLP_ENDPOINT", help="of the project or the collector; /v1/traces is appended"
    )
    api_key: Secret | None = env("ELASTIC_API_KEY", default=None, help="without a word before it")
    secret_token: Secret | None = env(
        "ELASTIC_APM_SECRET_TOKEN", default=None, help="of an APM server, where there is no key"
    )
    dataset: str | None = env(default=None, help="of the data stream; generic.otel without")
    namespace: str | None = env(default=None, help="of the data stream; default without")


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.endpoint)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, if there is one."""
    if settings.api_key:
        return {"authorization": f"ApiKey {settings.api_key.reveal()}"}
    token = settings.secret_token
    return {"authorization": f"Bearer {token.reveal()}"} if token else {}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the data stream."""
    return {
        **resource_attributes(payload),
        "data_stream.dataset": settings.dataset,
        "data_stream.namespace": settings.namespace,
    }


exporter = otlp_exporter(
    name="elastic-otel", settings=Settings, endpoint=endpoint, headers=headers, resource=resource
)
