"""Against a real broker: what is published, what is refused, and a broker that is killed."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from servers.process import HOST
from servers.service import Service, log_through_a_kill, logged, read_back
from servers.waiting import eventually

from llmlog import Logger, Message, Text
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def logger(service: Service, user: str = "", **options: Any) -> Logger:
    values = {"url": f"mqtt://{user}{HOST}:{service.port}", "batch_age_s": 0.05, **options}
    return Logger(plugins=["mqtt"], environ={}, file=False, plugin={"mqtt": values})


def complaint(made: Logger) -> LaneStats:
    return eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)


def test_a_subscriber_gets_what_was_published(mqtt_server: Service, listener: Any) -> None:
    with logger(mqtt_server) as made:
        for name in SAMPLES:
            made.log(sample(name))
        assert made.flush(30).complete, made.stats()
    found = eventually(lambda: list(listener.found), lambda each: len(each) >= len(SAMPLES))
    assert [read_back(each.payload) for each in found] == [logged(name) for name in SAMPLES]
    assert found[0].properties.ContentType == "application/json"
    assert dict(found[0].properties.UserProperty)["llmlog-trace-id"] == sample().trace_id


def test_what_nobody_would_get_waits(mqtt_server: Service) -> None:
    """The broker acknowledges such a message, and drops it."""
    made = logger(mqtt_server, topic="nobody/here")
    made.log(sample())
    stats = complaint(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "nobody subscribes" in (stats.last_error or "")


def test_what_nobody_would_get_may_go(mqtt_server: Service) -> None:
    with logger(mqtt_server, topic="nobody/here", nobody=True) as made:
        made.log(sample())
        assert made.flush(30).complete
        assert made.stats()[-1].delivered == 1


def test_a_topic_that_is_forbidden_keeps_the_events(mqtt_server: Service) -> None:
    made = logger(mqtt_server, topic="forbidden/calls")
    made.log(sample())
    stats = complaint(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "0x87" in (stats.last_error or "")


def test_a_wrong_password_keeps_the_events(mqtt_server: Service) -> None:
    made = logger(mqtt_server, "stranger:fake-password@")
    made.log(sample())
    stats = complaint(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "Not authorized" in (stats.last_error or "")
    assert "fake-password" not in (stats.last_error or "")


def test_a_message_that_is_too_large_harms_no_other(mqtt_server: Service, listener: Any) -> None:
    """A broker would end the connection for it, and with it for all that came together."""
    text = Text(content="x" * 300_000)
    huge = evolve(sample("tools"), input_messages=[Message(role="user", parts=[text])])
    with logger(mqtt_server, batch_age_s=60.0) as made:
        for payload in (sample("chat"), huge, sample("failure")):
            made.log(payload)
        assert made.flush(30).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert "0x95" in (stats.last_error or "")


def test_a_killed_broker_loses_nothing(mqtt_server: Service, listener: Any) -> None:
    with logger(mqtt_server, batch_events=20) as made:
        ids = log_through_a_kill(made, mqtt_server)
    eventually(lambda: len(set(listener.ids())), lambda count: count >= len(ids), seconds=60)
    assert sorted(set(listener.ids())) == ids
