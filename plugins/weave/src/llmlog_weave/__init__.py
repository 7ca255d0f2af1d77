"""Send LLM calls to Weave: one span per call, over OTLP.

https://docs.wandb.ai/weave/guides/tracking/otel and the table of attributes in the server's source,
`weave/trace_server/opentelemetry/constants.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Payload, Secret, env
from llmlog.otlp import Attributes, call_name, otlp_exporter, resource_attributes
from llmlog.otlp.address import traces_url
from llmlog_weave.span import attributes

__all__ = ["Settings", "exporter"]

PATH = "/otel/v1/traces"


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("WANDB_API_KEY", help="of the user or the service account")
    entity: str = env("WANDB_ENTITY", help="team or user that owns the project")
    project: str = env("WANDB_PROJECT", help="name of the project")
    base_url: str = env(
        "WF_TRACE_SERVER_URL", default="https://trace.wandb.ai",
        help="of a dedicated cloud https://<name>.wandb.io/traces; /otel/v1/traces is appended",
    )  # fmt: skip


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.base_url, PATH)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential."""
    return {"wandb-api-key": settings.api_key.reveal()}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the project: without it Weave drops the span."""
    return {
        **resource_attributes(payload),
        "wandb.entity": settings.entity,
        "wandb.project": settings.project,
    }


exporter = otlp_exporter(
    name="weave", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, span_name=call_name, resource=resource,
)  # fmt: skip
