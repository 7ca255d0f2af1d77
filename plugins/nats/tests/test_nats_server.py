"""Against a real NATS server: what is published, what is refused, and a server that is killed."""

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


def logger(service: Service, **options: Any) -> Logger:
    values = {"url": f"nats://{HOST}:{service.port}", "batch_age_s": 0.05, **options}
    return Logger(plugins=["nats"], environ={}, file=False, plugin={"nats": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(30).complete, made.stats()


def complaint(made: Logger) -> LaneStats:
    return eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)


def test_what_was_published_is_read_back(nats_server: Service, stored: Any) -> None:
    log(logger(nats_server, create="LLMLOG"), *SAMPLES)
    found = stored()
    assert [read_back(each.data) for each in found] == [logged(name) for name in SAMPLES]
    assert found[0].headers["llmlog-trace-id"] == sample().trace_id


def test_the_same_batch_twice_is_one_copy(nats_server: Service, stored: Any) -> None:
    for _ in range(2):
        log(logger(nats_server, create="LLMLOG"), *SAMPLES)
    assert len(stored()) == len(SAMPLES)


def test_no_stream_is_made_unasked(nats_server: Service, stored: Any, ask: Any) -> None:
    made = logger(nats_server)
    made.log(sample())
    stats = complaint(made)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "no stream listens to llmlog.calls" in (stats.last_error or "")
    ask(lambda stream: stream.add_stream(name="LLMLOG", subjects=["llmlog.>"]))
    made.close(20)
    assert len(stored()) == 1


def test_a_full_stream_loses_nothing(nats_server: Service, stored: Any, ask: Any) -> None:
    wanted = {"name": "LLMLOG", "subjects": ["llmlog.>"], "discard": "new"}
    ask(lambda stream: stream.add_stream(**wanted, max_msgs=1))
    with logger(nats_server, batch_age_s=60.0) as made:
        made.log(sample("chat"))
        made.log(sample("failure"))
        made.flush(0.1)
        stats = complaint(made)
        assert (stats.delivered, stats.pending, stats.lost) == (1, 1, 0)
        assert "maximum messages exceeded" in (stats.last_error or "")
        ask(lambda stream: stream.update_stream(**wanted, max_msgs=10))
        assert made.flush(60).complete
    assert {read_back(each.data).id for each in stored()} == {sample().id, sample("failure").id}


def test_a_message_that_is_too_large_harms_no_other(
    nats_server: Service, stored: Any, ask: Any
) -> None:
    ask(lambda stream: stream.add_stream(
        name="LLMLOG", subjects=["llmlog.>"], max_msg_size=20_000))  # fmt: skip
    for size in (40_000, 1_100_000):  # over the limit of the stream, and of the server
        text = Text(content="x" * size)
        huge = evolve(sample("tools"), input_messages=[Message(role="user", parts=[text])])
        with logger(nats_server, batch_age_s=60.0) as made:
            for payload in (sample("chat"), huge, sample("failure")):
                made.log(payload)
            assert made.flush(30).complete
            stats = made.stats()[-1]
        assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert len(stored()) == 2


def test_a_killed_server_loses_and_doubles_nothing(nats_server: Service, stored: Any) -> None:
    with logger(nats_server, create="LLMLOG", batch_events=20) as made:
        ids = log_through_a_kill(made, nats_server)
    assert sorted(each.headers["llmlog-id"] for each in stored()) == ids
