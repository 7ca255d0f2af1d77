"""What is produced, and what becomes of messages that are not taken."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from confluent_kafka import KafkaError, KafkaException
from servers import tansu
from servers.process import HOST, free_ports
from servers.service import logged, read_back, serving
from servers.waiting import eventually

from llmlog import Delivered, Logger, Message, Refused, Rejected, Retryable, Text
from llmlog.testing import SAMPLES, sample
from llmlog_kafka import Settings, exporter, outcome, send


def logger(servers: str, **options: Any) -> Logger:
    values = {"bootstrap_servers": servers, "batch_age_s": 0.05, **options}
    return Logger(plugins=["kafka"], environ={}, file=False, plugin={"kafka": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(60).complete, made.stats()


def test_what_was_produced_is_consumed(cluster: str, stored: Any) -> None:
    log(logger(cluster), *SAMPLES)
    found = {dict(each.headers())["llmlog-id"].decode(): each for each in stored(cluster)}
    assert sorted(found) == sorted(sample(name).id for name in SAMPLES)
    for name in SAMPLES:
        message = found[sample(name).id]
        assert read_back(message.value()) == logged(name)
        assert message.key().decode() == sample(name).trace_id
        assert message.timestamp()[1] == sample(name).timing.start_unix_ns // 1_000_000


def test_a_trace_stays_in_one_partition(cluster: str, stored: Any) -> None:
    log(logger(cluster), *SAMPLES)
    places = {(each.key(), each.partition()) for each in stored(cluster)}
    assert len(places) == len({key for key, _ in places})


def test_a_message_that_is_too_large_harms_no_other(cluster: str, stored: Any) -> None:
    huge = evolve(
        sample("tools"), input_messages=[Message(role="user", parts=[Text(content="x" * 40_000)])]
    )
    with logger(cluster, options={"message.max.bytes": "20000"}, batch_age_s=60.0) as made:
        for payload in (sample("chat"), huge, sample("failure")):
            made.log(payload)
        assert made.flush(60).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert "MSG_SIZE_TOO_LARGE" in (stats.last_error or "")
    assert len(stored(cluster)) == 2


def test_without_a_broker_the_events_wait() -> None:
    (port,) = free_ports(("none",)).values()
    made = logger(f"{HOST}:{port}", timeout_s=1.0)
    made.log(sample())
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=60)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError.MSG_SIZE_TOO_LARGE, Rejected),
        (KafkaError.INVALID_RECORD, Rejected),
        (KafkaError.NOT_ENOUGH_REPLICAS, Retryable),
        (KafkaError._MSG_TIMED_OUT, Retryable),
        (KafkaError.LEADER_NOT_AVAILABLE, Retryable),
    ],
)
def test_a_report_says_what_becomes_of_a_message(code: int, kind: type) -> None:
    assert isinstance(outcome(KafkaError(code)), kind)
    assert outcome(None) == Delivered()


class Failing:
    """Stands for librdkafka's producer: delivers `count` messages, then reports an error."""

    def __init__(self, count: int, code: int = KafkaError.PRODUCER_FENCED) -> None:
        self._count = count
        self._code = code

    def produce(self, topic: str, *, on_delivery: Any, **message: Any) -> None:
        self._count -= 1
        on_delivery(KafkaError(self._code) if self._count < 0 else None)

    def flush(self, timeout_s: float) -> int:
        return 0


def test_a_producer_that_the_broker_knows_no_more_is_replaced() -> None:
    batch = [sample("chat"), sample("bare")]
    with pytest.raises(KafkaException):
        send(Failing(0), Settings(bootstrap_servers="a:1"), batch)
    said = send(Failing(1), Settings(bootstrap_servers="a:1"), batch)
    assert [type(each) for each in said] == [Delivered, Retryable]
    assert KafkaException in exporter.retryable


def test_a_topic_that_may_not_be_written_keeps_the_events() -> None:
    producer = Failing(0, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    said = send(producer, Settings(bootstrap_servers="a:1"), [sample("chat"), sample("bare")])
    assert isinstance(said, Refused)


def test_credentials_and_options_reach_the_client() -> None:
    settings = Settings(
        bootstrap_servers="a:1", username="llmlog", security_protocol="SASL_SSL",
        options={"linger.ms": "50"},
    )  # fmt: skip
    made = settings.configuration
    assert (made["sasl.username"], made["security.protocol"]) == ("llmlog", "SASL_SSL")
    assert (made["linger.ms"], made["acks"], made["enable.idempotence"]) == ("50", "all", True)


@pytest.mark.server
def test_a_broker_holds_every_sample(tmp_path_factory: pytest.TempPathFactory, stored: Any) -> None:
    with serving(tansu.service(tmp_path_factory.mktemp("tansu"))) as service:
        servers = f"{HOST}:{service.port}"
        log(logger(servers, timeout_s=60.0), *SAMPLES)
        found = stored(servers)
    assert {read_back(each.value()).id for each in found} == {sample(n).id for n in SAMPLES}
