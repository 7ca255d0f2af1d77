"""Against a real RabbitMQ: what is published, what is refused, and a broker that is killed."""

from __future__ import annotations

from typing import Any

import pika
import pytest
from servers.process import HOST
from servers.service import Service, log_through_a_kill, logged, read_back
from servers.waiting import eventually

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def logger(service: Service, **options: Any) -> Logger:
    url = f"amqp://guest:guest@{HOST}:{service.port}/"
    values = {"url": url, "batch_age_s": 0.05, **options}
    return Logger(plugins=["rabbitmq"], environ={}, file=False, plugin={"rabbitmq": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(30).complete, made.stats()


def complaint(made: Logger) -> LaneStats:
    return eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)


def taken(channel: Any, queue: str = "llmlog") -> list[Any]:
    found = []
    while (got := channel.basic_get(queue, auto_ack=True))[0]:
        found.append(got)
    return found


def test_what_was_published_is_consumed(rabbitmq_server: Service, channel: Any) -> None:
    log(logger(rabbitmq_server, create=True), *SAMPLES)
    found = taken(channel)
    assert [read_back(body) for _, _, body in found] == [logged(name) for name in SAMPLES]
    properties = found[0][1]
    assert (properties.message_id, properties.delivery_mode) == (sample().id, 2)


def test_an_exchange_routes_by_the_key(rabbitmq_server: Service, channel: Any) -> None:
    channel.exchange_declare("calls", "direct")
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "calls", "production")
    log(logger(rabbitmq_server, exchange="calls", queue="production"), "chat")
    assert [properties.message_id for _, properties, _ in taken(channel, queue)] == [sample().id]


@pytest.mark.parametrize(("exchange", "word"), [("", "Unroutable"), ("missing", "NOT_FOUND")])
def test_what_no_queue_would_get_waits(
    rabbitmq_server: Service, channel: Any, exchange: str, word: str
) -> None:
    made = logger(rabbitmq_server, exchange=exchange)
    made.log(sample())
    stats = complaint(made)
    assert (stats.pending, stats.lost) == (1, 0)
    assert word in (stats.last_error or "")
    if not exchange:
        channel.queue_declare("llmlog", durable=True)
        made.close(30)
        assert len(taken(channel)) == 1
    made.close(0)


def test_a_full_queue_loses_nothing(rabbitmq_server: Service, channel: Any) -> None:
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    channel.queue_declare("llmlog", durable=True, arguments=full)
    with logger(rabbitmq_server, batch_age_s=60.0) as made:
        made.log(sample("chat"))
        made.log(sample("failure"))
        made.flush(0.1)
        stats = complaint(made)
        assert (stats.pending, stats.lost, stats.balanced) == (1, 0, True)
        assert len(taken(channel)) == 1
        assert made.flush(60).complete
    assert [properties.message_id for _, properties, _ in taken(channel)] == [sample("failure").id]


def test_a_wrong_password_keeps_the_events(rabbitmq_server: Service) -> None:
    url = f"amqp://guest:fake-password@{HOST}:{rabbitmq_server.port}/"
    made = logger(rabbitmq_server, url=url)
    made.log(sample())
    stats = complaint(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "ACCESS_REFUSED" in (stats.last_error or "")
    assert "fake-password" not in (stats.last_error or "")


def test_a_killed_broker_loses_nothing(rabbitmq_server: Service) -> None:
    with logger(rabbitmq_server, create=True, queue="under_load", batch_events=20) as made:
        ids = log_through_a_kill(made, rabbitmq_server)
    connection = pika.BlockingConnection(pika.ConnectionParameters(HOST, rabbitmq_server.port))
    found = [
        properties.message_id for _, properties, _ in taken(connection.channel(), "under_load")
    ]
    connection.close()
    assert sorted(set(found)) == ids
