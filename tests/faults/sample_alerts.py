"""A sound exporter of alerts, for faults to break."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.alerts import alert_of
from llmlog.header import bearer


@frozen(kw_only=True)
class Settings:
    """Whom to tell."""

    api_key: Secret = env("SAMPLE_ALERTS_API_KEY", help="the key")
    url: str = env("SAMPLE_ALERTS_URL", help="the address")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    alerts = [alert_of(payload) for payload in batch]
    told = [{"key": payload.id, "title": alert.title, "text": alert.text}
            for payload, alert in zip(batch, alerts, strict=True)]  # fmt: skip
    return Request.json(settings.url, told, {"authorization": bearer(settings.api_key)})


exporter = HTTPExporter(
    name="sample-alerts", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=10, bytes=1_000_000),
)  # fmt: skip
