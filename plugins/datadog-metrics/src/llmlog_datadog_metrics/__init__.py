"""Send what LLM calls take to Datadog: times, tokens and costs as distribution metrics.

https://docs.datadoghq.com/api/latest/metrics/#submit-distribution-points
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, datadog, env
from llmlog_datadog_metrics.series import series

__all__ = ["Settings", "encode", "exporter"]


@frozen(kw_only=True)
class Settings(datadog.Settings):
    """One Datadog organization. What is set here wins over the record's own value."""

    api_key: Secret = env("DD_API_KEY", help="of the organization; no application key")
    url: str | None = env(
        "DD_DD_URL", default=None, help="of a proxy before the intake; wins over the site"
    )
    prefix: str = env(
        "LLMLOG_DATADOG_METRICS_PREFIX", default="llmlog", help="of the metrics' names"
    )
    hostname: str | None = env("DD_HOSTNAME", default=None, help="name of the host")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make the points of a batch, those with equal tags together."""
    origin = (settings.url or f"https://api.{settings.site}").rstrip("/")

    def tags(payload: Payload) -> Sequence[str]:
        return settings.own_tags(payload, "service", "env", "version")

    body = {"series": series(settings.prefix, tags, settings.hostname, batch)}
    headers = {"dd-api-key": settings.api_key.reveal(), "content-type": "text/json"}
    return Request.json(f"{origin}/api/v1/distribution_points", body, headers)


exporter = HTTPExporter(
    name="datadog-metrics",
    settings=Settings,
    encode=encode,
    limits=Limits(events=1000, bytes=500_000, age_s=10.0, gzip=False),
)
"""The intake takes 512 kB, and of compressions only deflate."""
