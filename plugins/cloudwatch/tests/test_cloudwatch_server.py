"""Against a server of AWS's APIs, with signatures and policies checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servers.aws import KEYS, Cloud

from llmlog import Logger
from llmlog.schema import from_dict
from llmlog.testing import sample
from llmlog.testing.contract.manners import wait_until

pytestmark = pytest.mark.server
NAMES = ("chat", "tools", "failure", "bare")


@pytest.fixture
def url(cloud: Cloud) -> str:
    """Return the address of the service."""
    return cloud.url


@pytest.fixture
def aws(cloud: Cloud) -> Any:
    """Return boto3's client of the logs, which are empty."""
    return cloud.client("logs")


def settings(url: str, **more: Any) -> dict[str, Any]:
    return {"group": "calls", "endpoint_url": url, "batch_age_s": 5.0, **KEYS, **more}


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


def test_a_permission_that_is_missing_keeps_the_events(cloud: Cloud, url: str) -> None:
    cloud.authorize(strictly=True)
    made = logger(url)
    try:
        made.log(recent("chat"))
        wait_until(lambda: made.flush(0.1).complete or bool(made.stats()[-1].last_error), 20)
        stats = made.stats()[-1]
        assert (stats.pending, stats.lost) == (1, 0)
        assert KEYS["secret_access_key"] not in (stats.last_error or "")
    finally:
        made.close(0)
