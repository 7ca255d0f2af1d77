"""Send LLM calls to Datadog LLM Observability: one span per call, to the intake or an agent.

https://docs.datadoghq.com/llm_observability/instrumentation/api/
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, datadog, env
from llmlog_datadog_llmobs.span import agent_event, span

__all__ = ["Settings", "encode", "exporter"]


@frozen(kw_only=True)
class Settings(datadog.Settings):
    """One application of a Datadog organization. What is set here wins over the record's own."""

    api_key: Secret | None = env(
        "DD_API_KEY", default=None, help="of the organization; not needed with an agent"
    )
    ml_app: str = env(
        "DD_LLMOBS_ML_APP", "DD_SERVICE", default="unnamed-ml-app", help="name of the application"
    )
    url: str | None = env(
        "DD_LLMOBS_OVERRIDE_ORIGIN", default=None, help="of a proxy before the intake"
    )
    agent_url: str | None = env(
        "LLMLOG_DATADOG_LLMOBS_AGENT_URL", default=None,
        help="of an agent to send through, such as http://localhost:8126",
    )  # fmt: skip

    def __attrs_post_init__(self) -> None:
        """Ask for a way in."""
        if self.api_key is None and self.agent_url is None:
            raise ValueError("api_key: set DD_API_KEY, or agent_url to send through an agent")


def tags(settings: Settings, payload: Payload) -> list[str]:
    """Return the tags of a span: those of the settings and of the record."""
    known = {"ml_app": settings.ml_app, "user_id": payload.user_id}
    own = settings.own_tags(payload, "service", "env", "version")
    made = [f"{name}:{value}" for name, value in known.items() if value]
    return list(dict.fromkeys([*made, *own, *payload.tags]))


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one span of each payload."""
    spans = [span(payload, tags(settings, payload)) for payload in batch]
    if settings.agent_url is not None:
        url = f"{settings.agent_url.rstrip('/')}/evp_proxy/v2/api/v2/llmobs"
        headers = {"x-datadog-evp-subdomain": "llmobs-intake"}
        return Request.json(url, [agent_event(made) for made in spans], headers)
    origin = (settings.url or f"https://api.{settings.site}").rstrip("/")
    data = {"type": "span", "attributes": {"ml_app": settings.ml_app, "spans": spans}}
    headers = {"dd-api-key": settings.api_key.reveal() if settings.api_key else ""}
    return Request.json(f"{origin}/api/intake/llm-obs/v1/trace/spans", {"data": data}, headers)


exporter = HTTPExporter(
    name="datadog-llmobs", settings=Settings, encode=encode,
    limits=Limits(events=1000, bytes=5_000_000, gzip=False),
)  # fmt: skip
"""Number and size are those that the vendor's SDK keeps to; compression is not documented."""
