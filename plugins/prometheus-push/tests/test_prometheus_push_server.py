"""Against Prometheus, which takes remote write, and a Pushgateway."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from servers import api, prometheus
from servers.process import Server
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def logger(**values: Any) -> Logger:
    return Logger(plugins=["prometheus-push"], environ={}, file=False,
                  plugin={"prometheus-push": {"batch_age_s": 0.05, **values}})  # fmt: skip


def test_prometheus_has_the_sums(receiver: Server) -> None:
    with logger(url=f"{receiver.url}/api/v1/write", job="sums") as made:
        for name in SAMPLES:
            made.log(sample(name))
            assert made.flush(20).complete, made.stats()
        assert (made.stats()[-1].delivered, made.stats()[-1].lost) == (len(SAMPLES), 0)

    def asked(expression: str) -> float | None:
        found = prometheus.query(receiver, expression)
        return found[0].value if found else None

    count = eventually(lambda: asked('sum(llmlog_calls_total{job="sums"})'), lambda n: n == 10)
    assert count == len(SAMPLES)
    assert asked('sum(llmlog_cost_usd_total{job="sums"})') == pytest.approx(0.0078 * 5)
    assert asked('sum(llmlog_tokens_total{type="input"})') == 18 * 4 + 24 + 4
    assert asked('sum(llmlog_errors_total{error_type="RateLimitError"})') == 1
    assert asked("sum(llmlog_call_duration_seconds_count)") == len(SAMPLES)
    p50 = "histogram_quantile(0.5, sum by (le) (llmlog_call_duration_seconds_bucket))"
    assert 1 <= (asked(p50) or 0) <= 2.5


def test_old_calls_are_pushed_at_the_time_of_the_push(receiver: Server) -> None:
    """A replay of calls of last year is no sample of last year."""
    timing = sample("bare").timing
    old = evolve(sample("bare"), timing=evolve(timing, start_unix_ns=10**18, end_unix_ns=10**18))
    with logger(url=f"{receiver.url}/api/v1/write", job="old") as made:
        made.log(old)
        assert made.flush(20).complete, made.stats()
    assert eventually(lambda: prometheus.query(receiver, 'llmlog_calls_total{job="old"}'))


def test_a_pushgateway_has_the_sums_of_the_last_push(gateway: Server) -> None:
    with logger(url=gateway.url, protocol="pushgateway", job="nightly", instance="a/b") as made:
        for name in SAMPLES:
            made.log(sample(name))
            assert made.flush(20).complete, made.stats()
        assert (made.stats()[-1].delivered, made.stats()[-1].lost) == (len(SAMPLES), 0)
    groups = api.get(gateway, "/api/v1/metrics")["data"]
    (group,) = (each for each in groups if each["labels"]["job"] == "nightly")
    assert group["labels"]["instance"] == "a/b"
    values = [float(each["value"]) for each in group["llmlog_calls_total"]["metrics"]]
    assert sum(values) == len(SAMPLES)
