"""Against a server of AWS's APIs, with signatures and policies checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from boto3.session import Session

from llmlog import Logger
from llmlog.schema import from_dict
from llmlog.testing import sample
from llmlog.testing.contract.manners import wait_until

pytestmark = pytest.mark.server
NAMES = ("chat", "tools", "failure", "bare")


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(url: str) -> Iterator[Any]:
    """Return boto3's client of the logs, which are empty."""
    httpx.post(f"{url}/moto-api/reset").raise_for_status()
    session: Any = Session("AKIAFAKEOWNER", "fake-owner-secret", region_name="us-east-1")
    yield session.client("logs", endpoint_url=url)
    httpx.post(f"{url}/moto-api/reset-auth", content="inf").raise_for_status()


def settings(url: str, **more: Any) -> dict[str, Any]:
    return {"group": "calls", "endpoint_url": url, "region": "us-east-1", "batch_age_s": 5.0,
            "access_key_id": "AKIAFAKE", "secret_access_key": "fake-secret", **more}  # fmt: skip


def logger(url: str, **more: Any) -> Logger:
    return Logger(plugins=["cloudwatch"], environ={}, file=False,
                  plugin={"cloudwatch": settings(url, **more)})  # fmt: skip


def recent(name: str) -> Any:
    """Return a sample of today: the service takes nothing older than 14 days."""
    import time

    from attrs import evolve

    now = time.time_ns() - 60 * 10**9
    made = sample(name)
    timing = evolve(made.timing, start_unix_ns=now, end_unix_ns=now + 10**9)
    return evolve(made, timing=timing, host_name="web-1", sdk_version="0.1.0")


def stored(aws: Any) -> list[Any]:
    events = aws.get_log_events(logGroupName="calls", logStreamName="llmlog")["events"]
    return [from_dict(json.loads(event["message"])) for event in events]


def test_group_and_stream_are_made_on_request(aws: Any, url: str) -> None:
    payloads = [recent(name) for name in NAMES]
    with logger(url, create=True) as made:
        for payload in payloads:
            made.log(payload)
        assert made.flush(20).complete, made.stats()
        assert (made.stats()[-1].delivered, made.stats()[-1].lost) == (len(NAMES), 0)
    assert sorted(stored(aws), key=lambda each: each.id) == payloads


def test_without_the_stream_the_events_wait(aws: Any, url: str) -> None:
    made, payload = logger(url), recent("chat")
    made.log(payload)
    wait_until(lambda: made.flush(0.1).complete or bool(made.stats()[-1].last_error), 20)
    assert "ResourceNotFoundException" in (made.stats()[-1].last_error or "")
    aws.create_log_group(logGroupName="calls")
    aws.create_log_stream(logGroupName="calls", logStreamName="llmlog")
    made.close(10)
    assert stored(aws) == [payload]


def test_a_permission_that_is_missing_keeps_the_events(aws: Any, url: str) -> None:
    httpx.post(f"{url}/moto-api/reset-auth", content="0").raise_for_status()
    made = logger(url)
    try:
        made.log(recent("chat"))
        wait_until(lambda: made.flush(0.1).complete or bool(made.stats()[-1].last_error), 20)
        stats = made.stats()[-1]
        assert (stats.pending, stats.lost) == (1, 0)
        assert "fake-secret" not in (stats.last_error or "")
    finally:
        made.close(0)
