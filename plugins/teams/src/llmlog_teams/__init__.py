"""Tell a Microsoft Teams channel of alerts, through a workflow that takes webhooks.

https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.alerts import Alert, alert_of
from llmlog.message import JSON
from llmlog.wording import within

__all__ = ["Settings", "card", "encode", "exporter"]

TEXT, VALUE = 8_000, 1_000
COLORS = {"firing": "Attention", "resolved": "Good", "report": "Accent"}


@frozen(kw_only=True)
class Settings:
    """Where to send."""

    webhook_url: Secret = env("MS_TEAMS_WEBHOOK_URL", help="of the channel's workflow")


def plain(text: str) -> str:
    """Return a text in which no sign is read as Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-!<>~|" else sign for sign in text)


def card(alert: Alert) -> dict[str, JSON]:
    """Return an alert as an adaptive card."""
    facts: list[JSON] = [{"title": name, "value": plain(value[:VALUE])}
                         for name, value in alert.facts]  # fmt: skip
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": plain(alert.title[:VALUE]), "wrap": True,
             "weight": "Bolder", "size": "Medium", "color": COLORS[alert.state]},
            {"type": "TextBlock", "text": plain(within(alert.text, TEXT)), "wrap": True},
            {"type": "FactSet", "facts": facts},
        ],
    }  # fmt: skip


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make a message with one card."""
    attachment: dict[str, JSON] = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": card(alert_of(batch[0])),
    }  # fmt: skip
    body: dict[str, JSON] = {"type": "message", "attachments": [attachment]}
    return Request.json(settings.webhook_url.reveal(), body)


exporter = HTTPExporter(
    name="teams", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=1, bytes=28_000, gzip=False, age_s=0.0),
)  # fmt: skip
