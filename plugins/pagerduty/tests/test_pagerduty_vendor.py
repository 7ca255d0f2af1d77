"""Events beside those of PagerDuty's own client."""

from __future__ import annotations

from typing import Any

import pytest
from pagerduty import EventsApiV2Client

from llmlog import Secret
from llmlog.alerts import alert_of
from llmlog.testing import ALERTS
from llmlog_pagerduty import Settings, event

SETTINGS = Settings(routing_key=Secret("fake-routing-key"))


class Recorded(EventsApiV2Client):
    """Keeps what it would post."""

    def post(self, _: str, **kwargs: Any) -> Any:
        self.body = kwargs["json"]
        raise KeyboardInterrupt


def by_the_client(made: dict[str, Any]) -> dict[str, Any]:
    client = Recorded("fake-routing-key")
    payload = made["payload"]
    with pytest.raises(KeyboardInterrupt):
        if made["event_action"] == "resolve":
            client.resolve(made["dedup_key"])
        else:
            client.trigger(
                payload["summary"], payload["source"], dedup_key=made["dedup_key"],
                severity=payload["severity"], custom_details=payload["custom_details"],
            )  # fmt: skip
    return dict(client.body)


@pytest.mark.parametrize("name", ALERTS)
def test_an_event_is_the_one_of_the_vendors_client(name: str) -> None:
    made = event(SETTINGS, alert_of(ALERTS[name]))
    theirs = by_the_client(made)
    for key in ("event_action", "dedup_key"):
        assert made[key] == theirs[key]
    for key, value in theirs.get("payload", {}).items():
        assert made["payload"][key] == value


def test_what_fires_and_what_is_over_have_one_key() -> None:
    first, second = (event(SETTINGS, alert_of(ALERTS[name])) for name in ("firing", "resolved"))
    assert (first["event_action"], second["event_action"]) == ("trigger", "resolve")
    assert first["dedup_key"] == second["dedup_key"]


def test_a_severity_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="critical"):
        Settings(routing_key=Secret("fake"), severity="fatal")
