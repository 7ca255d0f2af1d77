"""Tell a Discord channel of alerts, through a webhook.

https://docs.discord.com/developers/resources/webhook#execute-webhook
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.alerts import Alert, alert_of, moment
from llmlog.message import JSON
from llmlog.wording import within

__all__ = ["Settings", "encode", "exporter", "message"]

TITLE, DESCRIPTION, FIELDS, NAME, VALUE = 256, 4096, 25, 256, 1024
COLORS = {"firing": 0xD83C3E, "resolved": 0x3BA55D, "report": 0x5865F2}


@frozen(kw_only=True)
class Settings:
    """Where to send."""

    webhook_url: Secret = env("DISCORD_WEBHOOK_URL", help="of the channel's webhook")


def message(alert: Alert) -> dict[str, JSON]:
    """Return an alert as one embed that mentions nobody; 6,000 characters in all at most."""
    fields: list[JSON] = [
        {"name": name[:NAME], "value": value[:VALUE] or "-", "inline": True}
        for name, value in alert.facts[:FIELDS]
    ]
    used = sum(len(name[:NAME]) + len(value[:VALUE]) + 1 for name, value in alert.facts[:FIELDS])
    room = max(1, min(DESCRIPTION, 5_700 - used))
    embed: dict[str, JSON] = {
        "title": alert.title[:TITLE], "description": within(alert.text, room),
        "color": COLORS[alert.state], "timestamp": moment(alert.at_unix_ns), "fields": fields,
    }  # fmt: skip
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make a message of an alert."""
    return Request.json(settings.webhook_url.reveal(), message(alert_of(batch[0])))


exporter = HTTPExporter(
    name="discord", settings=Settings, encode=encode, takes="alerts",
    limits=Limits(events=1, gzip=False, age_s=0.0),
)  # fmt: skip
