"""Servers that are killed and started again while calls come: the account is exact.

The plugins' own tests have it for PostgreSQL, ClickHouse, Redis, NATS, RabbitMQ and MQTT.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from servers import api, prometheus, statsd
from servers.process import HOST, Launch
from servers.service import Service, log_through_a_kill, numbered, serving
from servers.victim import Victim, remembering
from servers.victims import AT_LEAST_ONCE, ONCE, Open, syslog
from servers.waiting import eventually

from llmlog import Logger

pytestmark = pytest.mark.server
COUNT = 100


def logger(victim: Victim) -> Logger:
    values = {**victim.settings, "batch_events": 10, "batch_age_s": 0.05}
    return Logger(plugins=[victim.plugin], environ={}, file=False, plugin={victim.plugin: values})


def through_a_kill(victim: Victim) -> list[Counter[str]]:
    """Return how often the server held each call, in each of its lives; none is lost."""
    with logger(victim) as made:
        ids = log_through_a_kill(made, victim.server, COUNT, call=victim.call)
        lives = [Counter(life) for life in victim.lives()]
    assert set(chain.from_iterable(lives)) == set(ids)
    return lives


@pytest.mark.parametrize("opened", ONCE, ids=lambda opened: opened.__name__)
def test_a_killed_server_loses_and_doubles_nothing(opened: Open, tmp_path: Path) -> None:
    with opened(tmp_path) as victim:
        assert {times for life in through_a_kill(victim) for times in life.values()} == {1}


@pytest.mark.parametrize("opened", AT_LEAST_ONCE, ids=lambda opened: opened.__name__)
def test_a_killed_server_loses_nothing(opened: Open, tmp_path: Path) -> None:
    with opened(tmp_path) as victim:
        through_a_kill(victim)


def test_syslog_has_what_came_after_the_kill(tmp_path: Path) -> None:
    """Nobody acknowledges a message, so what was on its way to the killed server is gone."""
    with syslog(tmp_path) as victim, logger(victim) as made:
        ids = log_through_a_kill(made, victim.server, COUNT)
        later = set(ids[COUNT // 2 + 1 :])
        found = eventually(victim.lives, lambda lives: later <= set(lives[0]), seconds=60)
    assert set(found[0]) <= set(ids)


@pytest.mark.parametrize(("launched", "protocol", "path"), [
    (prometheus.receiver, "remote_write", "/api/v1/write"),
    (lambda _: prometheus.gateway(), "pushgateway", ""),
], ids=["remote_write", "pushgateway"])  # fmt: skip
def test_sums_are_whole_after_a_kill(
    launched: Callable[[Path], Launch], protocol: str, path: str, tmp_path: Path
) -> None:
    """What is pushed is a sum, so the next push makes good whatever the killed server forgot."""
    service = Service.of(launched(tmp_path), tmp_path)
    with serving(service):
        values = {"url": f"{service.url}{path}", "protocol": protocol, "job": "killed"}
        victim = remembering("prometheus-push", service, list, **values)
        with logger(victim) as made:
            log_through_a_kill(made, service, COUNT)
        assert eventually(lambda: counted(service, protocol), lambda sum_: sum_ == COUNT)


def counted(service: Service, protocol: str) -> float:
    """Return the sum of the calls that a server has been told of."""
    if protocol == "pushgateway":
        groups = api.get(service, "/api/v1/metrics")["data"]
        (own,) = (each for each in groups if each["labels"]["job"] == "killed")
        return sum(float(each["value"]) for each in own["llmlog_calls_total"]["metrics"])
    return sum(each.value for each in prometheus.query(service, "sum(llmlog_calls_total)"))


def test_statsd_counts_what_comes_after_the_kill_and_nothing_twice(tmp_path: Path) -> None:
    """Datagrams are lost without a word, and the account of the plugin says delivered."""
    service = statsd.service(tmp_path)
    url = f"udp://{HOST}:{service.ports['udp']}"
    with serving(service):
        victim = remembering("statsd", service, list, url=url, flavor="statsd", tags=["status"])
        with logger(victim) as made:
            for number in range(COUNT):
                made.log(numbered(number))
                if number == COUNT // 4:
                    service.kill()
                if number == COUNT // 2:
                    assert made.flush(30).complete
                    service.start()
            assert made.flush(30).complete
            account = made.stats()[-1]
        after = COUNT - COUNT // 2 - 1
        found = eventually(
            lambda: statsd.counters(service).get("llmlog.calls.success", 0), lambda n: n >= after
        )
    assert found == after
    assert account.balanced
    assert account.accepted == COUNT
