"""Open and resolve PagerDuty incidents.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.alerts import Alert, alert_of, moment
from llmlog.chat import present
from llmlog.message import JSON
from llmlog.wording import within

__all__ = ["Settings", "encode", "event", "exporter"]

SUMMARY, KEY = 1024, 255
SEVERITIES = ("critical", "error", "warning", "info")


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    routing_key: Secret = env("PAGERDUTY_ROUTING_KEY", help="integration key of the service")
    url: str = env(
        "PAGERDUTY_EVENTS_URL", default="https://events.pagerduty.com/v2/enqueue",
        help="https://events.eu.pagerduty.com/v2/enqueue for accounts of the EU region",
    )  # fmt: skip
    severity: str = env(default="error", help=f"of an alert that fires: {', '.join(SEVERITIES)}")
    source: str = env(default="llmlog", help="what the incident names as its source")

    def __attrs_post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity: say {', '.join(SEVERITIES)}")


def event(settings: Settings, alert: Alert) -> dict[str, JSON]:
    """Return an alert as an event: its key is the same from its begin to its end."""
    firing = alert.state == "firing"
    details: dict[str, JSON] = {**dict(alert.facts), "text": alert.text}
    return present({
        "routing_key": settings.routing_key.reveal(),
        "event_action": "resolve" if alert.state == "resolved" else "trigger",
        "dedup_key": _key(alert)[-KEY:],
        "client": "llmlog",
        "payload": present({
            "summary": within(f"{alert.title}: {alert.text}", SUMMARY),
            "source": alert.labels.get("service_name") or settings.source,
            "severity": settings.severity if firing else "info",
            "timestamp": moment(alert.at_unix_ns),
            "component": alert.labels.get("request_model"),
            "group": alert.labels.get("environment"),
            "class": alert.measure,
            "custom_details": details,
        }),
    })  # fmt: skip


def _key(alert: Alert) -> str:
    """Return one key from begin to end; each report has one of its own."""
    return f"{alert.key}:{alert.at_unix_ns}" if alert.state == "report" else alert.key


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make an event of an alert."""
    return Request.json(settings.url, event(settings, alert_of(batch[0])))


exporter = HTTPExporter(
    name="pagerduty", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=1, bytes=512_000, gzip=False, age_s=0.0),
)  # fmt: skip
