"""Send alerts by e-mail through Twilio SendGrid.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.alerts import Alert, alert_of
from llmlog.message import JSON

__all__ = ["Settings", "email", "encode", "exporter"]


@frozen(kw_only=True)
class Settings:
    """As whom to send, and to whom."""

    api_key: Secret = env("SENDGRID_API_KEY", help="SG...., with permission to send")
    sender: str = env("SENDGRID_FROM", help="address of a verified sender")
    to: tuple[str, ...] = env("SENDGRID_TO", help="addresses, 1,000 at most")
    url: str = env(
        "SENDGRID_API_URL", default="https://api.sendgrid.com",
        help="https://api.eu.sendgrid.com for accounts of the EU region",
    )  # fmt: skip


def email(settings: Settings, alert: Alert, alert_id: str) -> dict[str, JSON]:
    """Return an alert as an e-mail of plain text."""
    receivers: list[JSON] = [{"email": address} for address in settings.to]
    return {
        "personalizations": [{"to": receivers}], "from": {"email": settings.sender},
        "subject": f"[llmlog] {alert.title}",
        "content": [{"type": "text/plain", "value": alert.body}],
        "categories": ["llmlog"], "custom_args": {"alert": alert_id, "state": alert.state},
    }  # fmt: skip


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make an e-mail of an alert."""
    headers = {"authorization": f"Bearer {settings.api_key.reveal()}"}
    url = f"{settings.url.rstrip('/')}/v3/mail/send"
    return Request.json(url, email(settings, alert_of(batch[0]), batch[0].id), headers)


exporter = HTTPExporter(
    name="sendgrid", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=1, gzip=False, age_s=0.0),
)  # fmt: skip
