"""Against a real Redis: what is appended, what is refused, and a server that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from servers.process import HOST
from servers.service import Service, log_through_a_kill, logged, read_back
from servers.waiting import eventually

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


@pytest.fixture
def client(redis_server: Service) -> Iterator[redis.Redis]:
    """Return a client of an empty server with its own settings."""
    with redis.Redis(port=redis_server.port) as client:
        client.flushall()
        client.config_set("maxmemory", 0)
        yield client
        client.config_set("maxmemory", 0)


def logger(service: Service, user: str = "", **options: Any) -> Logger:
    values = {"url": f"redis://{user}{HOST}:{service.port}", "batch_age_s": 0.05, **options}
    return Logger(plugins=["redis"], environ={}, file=False, plugin={"redis": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(30).complete, made.stats()


def complaint(made: Logger) -> LaneStats:
    return eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)


def test_a_consumer_group_reads_what_was_written(redis_server: Service, client: Any) -> None:
    client.xgroup_create("llmlog", "reports", mkstream=True)
    log(logger(redis_server), *SAMPLES)
    ((_, entries),) = client.xreadgroup("reports", "worker", {"llmlog": ">"})
    assert [read_back(fields[b"payload"]) for _, fields in entries] == list(map(logged, SAMPLES))
    assert entries[0][1][b"trace_id"].decode() == sample().trace_id


def test_the_same_batch_twice_is_one_copy(redis_server: Service, client: Any) -> None:
    for _ in range(2):
        log(logger(redis_server), *SAMPLES)
    assert client.xlen("llmlog") == len(SAMPLES)
    assert 0 < client.ttl("{llmlog}:seen:" + sample().id) <= 3600


def test_without_deduplication_no_key_is_made(redis_server: Service, client: Any) -> None:
    for _ in range(2):
        log(logger(redis_server, deduplicate_s=0), "chat")
    assert client.xlen("llmlog") == 2
    assert client.keys() == [b"llmlog"]


def test_the_stream_keeps_about_what_it_was_told(redis_server: Service, client: Any) -> None:
    client.config_set("stream-node-max-entries", 2)
    log(logger(redis_server, maxlen=4), *SAMPLES)
    assert 4 <= client.xlen("llmlog") < len(SAMPLES)


def test_a_full_memory_loses_nothing(redis_server: Service, client: Any) -> None:
    client.config_set("maxmemory", 1)
    made = logger(redis_server)
    try:
        made.log(sample())
        stats = complaint(made)
        assert (stats.pending, stats.lost) == (1, 0)
        client.config_set("maxmemory", 0)
        assert made.flush(60).complete
    finally:
        made.close(5)
    assert client.xlen("llmlog") == 1


def test_a_key_of_another_type_keeps_the_events(redis_server: Service, client: Any) -> None:
    client.set("llmlog", "a text")
    made = logger(redis_server)
    made.log(sample())
    stats = complaint(made)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "WRONGTYPE" in (stats.last_error or "")
    client.delete("llmlog")
    made.close(20)
    assert client.xlen("llmlog") == 1


@pytest.mark.parametrize(("user", "word"), [("bob:fake-wrong@", "AuthenticationError"),
                                            ("bob:fake-password@", "can't run")])  # fmt: skip
def test_what_a_user_may_not_do_waits(
    redis_server: Service, client: Any, user: str, word: str
) -> None:
    client.execute_command("ACL", "SETUSER", "bob", "on", ">fake-password", "~*", "+@all", "-xadd")
    made = logger(redis_server, user)
    made.log(sample())
    stats = complaint(made)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert word in (stats.last_error or "")
    assert "fake-" not in (stats.last_error or "")


def test_a_killed_server_loses_and_doubles_nothing(redis_server: Service, client: Any) -> None:
    with logger(redis_server, stream="under_load", batch_events=20) as made:
        ids = log_through_a_kill(made, redis_server)
    entries = client.xrange("under_load")
    assert [fields[b"id"].decode() for _, fields in entries] == ids
