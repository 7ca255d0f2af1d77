"""Send alerts by e-mail through Resend.

https://resend.com/docs/api-reference/emails/send-email
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

    api_key: Secret = env("RESEND_API_KEY", help="re_..., with permission to send")
    sender: str = env("RESEND_FROM", help="address of a verified domain")
    to: tuple[str, ...] = env("RESEND_TO", help="addresses, 50 at most")
    url: str = env("RESEND_API_URL", default="https://api.resend.com", help="of the API")


def email(settings: Settings, alert: Alert) -> dict[str, JSON]:
    """Return an alert as an e-mail of plain text."""
    return {
        "from": settings.sender, "to": list(settings.to), "subject": f"[llmlog] {alert.title}",
        "text": alert.body, "tags": [{"name": "state", "value": alert.state}],
    }  # fmt: skip


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make an e-mail of an alert; its key lets Resend know it when it comes again."""
    headers = {
        "authorization": f"Bearer {settings.api_key.reveal()}", "idempotency-key": batch[0].id,
    }  # fmt: skip
    url = f"{settings.url.rstrip('/')}/emails"
    return Request.json(url, email(settings, alert_of(batch[0])), headers)


exporter = HTTPExporter(
    name="resend", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=1, gzip=False, age_s=0.0),
)  # fmt: skip
