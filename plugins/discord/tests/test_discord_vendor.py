"""Messages against the models of discord.py."""

from __future__ import annotations

import discord
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload
from llmlog.alerts import alert_of
from llmlog.testing import ALERTS
from llmlog.testing.strategies import payloads
from llmlog_discord import COLORS, message


def check(payload: Payload) -> discord.Embed:
    made = message(alert_of(payload))
    (raw,) = made["embeds"]
    embed = discord.Embed.from_dict(raw)
    assert 0 < len(embed) <= 6000
    assert embed.timestamp is not None
    assert {key: value for key, value in embed.to_dict().items()
            if key not in ("type", "flags", "timestamp")} == {
                key: value for key, value in raw.items() if key != "timestamp"}  # fmt: skip
    assert made["allowed_mentions"] == discord.AllowedMentions.none().to_dict()
    return embed


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_is_an_embed_that_discord_knows(name: str) -> None:
    embed = check(ALERTS[name])
    assert embed.color is not None
    assert embed.color.value in COLORS.values()


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_whatever_a_record_holds_is_an_embed_within_the_limits(payload: Payload) -> None:
    check(payload)
