"""The contract, and the replies that Loki gives."""

from __future__ import annotations

from typing import Any

import pytest

from llmlog import SettingsError
from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_loki import exporter

LATE = b"entry for stream '{job=\"llmlog\"}' has timestamp too old: 2026-11-01T12:00:01Z"


class TestContract(ExporterContract):
    """Grafana Cloud: a number and a key."""

    exporter = exporter
    settings = {"url": "{url}", "username": "123", "password": "fake-key", "tenant": "shop"}
    accepted = Answer(status=204, content=b"")


def deliver(endpoint: ScriptedEndpoint, *names: str) -> Any:
    with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_a_line_that_loki_refuses_costs_no_other() -> None:
    """Loki answers 400 and has stored the rest: that comes again, as it was, and is one line."""
    stored: set[tuple[str, ...]] = set()

    def judge(request: Received) -> Answer:
        bad = False
        for stream in request.json()["streams"]:
            for time, line, _ in stream["values"]:
                if sample("tools").id in line.split('"ancestor_ids"')[0]:
                    bad = True
                else:
                    stored.add((str(sorted(stream["stream"].items())), time, line))
        return Answer(status=400, content=LATE) if bad else Answer(status=204, content=b"")

    with ScriptedEndpoint(default=judge) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(SAMPLES) - 1, 1, True)
    assert len(stored) == len(SAMPLES) - 1
    assert "timestamp too old" in (stats.last_error or "")


def test_blocked_ingestion_is_no_success() -> None:
    """A 260 keeps the calls; when the block ends they arrive."""
    blocked = Answer(status=260, content=b"ingestion blocked for user shop until 2026-12-01")
    with ScriptedEndpoint(blocked, default=Answer(status=204, content=b"")) as endpoint:
        stats = deliver(endpoint, "chat")
    assert (stats.delivered, stats.lost, stats.requests) == (1, 0, 2)
    assert "blocked" in (stats.last_error or "")


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [({"labels": ["servce_name"]}, "service_name"), ({"username": None}, "set both or neither")],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy):
        TestContract().logger("http://127.0.0.1:1", **settings)
