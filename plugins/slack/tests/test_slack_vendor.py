"""Messages against the validators of Slack's own client."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from slack_sdk.models.blocks import Block

from llmlog import Payload
from llmlog.alerts import alert_of
from llmlog.testing import ALERTS
from llmlog.testing.strategies import payloads
from llmlog_slack import message


def plain(made: dict[str, Any]) -> dict[str, Any]:
    """Return what the vendor's model holds, without what it adds to plain texts by itself."""
    texts = {name: {key: item for key, item in value.items() if key not in ("emoji", "verbatim")}
             for name, value in made.items() if isinstance(value, dict)}  # fmt: skip
    return {**made, **texts}


def check(payload: Payload) -> None:
    made = message(alert_of(payload))
    assert made["text"]
    blocks = Block.parse_all(made["blocks"])
    assert len(blocks) == 3
    for block, raw in zip(blocks, made["blocks"], strict=True):
        block.validate_json()
        assert plain(block.to_dict()) == raw
    assert [block.type for block in blocks] == ["header", "section", "section"]


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_is_a_message_that_slack_knows(name: str) -> None:
    check(ALERTS[name])


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_whatever_a_record_holds_is_a_message_that_slack_knows(payload: Payload) -> None:
    check(payload)


def test_nothing_in_an_alert_is_read_as_markup() -> None:
    made = message(alert_of(ALERTS["hanging"]))
    assert "stuck &lt;&amp;&gt; *bold*" in made["text"]
    assert "<&>" not in made["text"]
