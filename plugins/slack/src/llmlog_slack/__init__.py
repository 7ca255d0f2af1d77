"""Tell a Slack channel of alerts, through an incoming webhook.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.alerts import Alert, alert_of
from llmlog.message import JSON
from llmlog.wording import within

__all__ = ["Settings", "encode", "exporter", "message"]

HEADER, SECTION, FIELDS = 150, 3000, 10
SIGNS = {"firing": ":rotating_light:", "resolved": ":white_check_mark:", "report": ":bar_chart:"}


@frozen(kw_only=True)
class Settings:
    """Where to send."""

    webhook_url: Secret = env("SLACK_WEBHOOK_URL", help="of the app's incoming webhook")


def escaped(text: str) -> str:
    """Return a text that Slack shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message(alert: Alert) -> dict[str, JSON]:
    """Return an alert as blocks, with a text for notifications."""
    text = escaped(alert.text)
    fields: list[JSON] = [
        {"type": "mrkdwn", "text": f"*{escaped(name)}*\n{escaped(value)}"[:2000]}
        for name, value in alert.facts[:FIELDS]
    ]
    return {
        "text": within(f"{SIGNS[alert.state]} {escaped(alert.title)}\n{text}", SECTION),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": alert.title[:HEADER]}},
            {"type": "section", "text": {"type": "mrkdwn", "text": within(text, SECTION)}},
            {"type": "section", "fields": fields},
        ],
    }


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make a message of an alert."""
    return Request.json(settings.webhook_url.reveal(), message(alert_of(batch[0])))


exporter = HTTPExporter(
    name="slack", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=1, gzip=False, age_s=0.0),
)  # fmt: skip
