"""The contract, and the answers to a batch."""

from __future__ import annotations

import json
from typing import Any

from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_lago import exporter


def invalid(**details: Any) -> Answer:
    body = {
        "status": 422,
        "error": "Unprocessable Entity",
        "code": "validation_errors",
        "error_details": {key.removeprefix("n"): value for key, value in details.items()},
    }
    return Answer(status=422, content=json.dumps(body).encode())


class TestContract(ExporterContract):
    """One organization."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}", "default_subscription": "sub-1"}
    partial = invalid(
        n0={"transaction_id": ["value_already_exist"]}, n1={"timestamp": ["invalid_format"]}
    )


def deliver(endpoint: ScriptedEndpoint, *names: str, **more: Any) -> Any:
    with TestContract().logger(endpoint.url, batch_age_s=5.0, **more) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_one_bad_event_costs_no_other_and_a_duplicate_is_there() -> None:
    """Lago stores nothing of such a batch: the rest comes again, once."""
    stored: list[str] = [sample("stream").id]

    def lago(request: Received) -> Answer:
        events = request.json()["events"]
        problems: dict[str, Any] = {}
        for number, event in enumerate(events):
            if event["transaction_id"] in stored:
                problems[f"n{number}"] = {"transaction_id": ["value_already_exist"]}
            elif event["transaction_id"] == sample("tools").id:
                problems[f"n{number}"] = {"timestamp": ["invalid_format"]}
        if problems:
            return invalid(**problems)
        stored.extend(event["transaction_id"] for event in events)
        return Answer()

    with ScriptedEndpoint(default=lago) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost, stats.requests) == (len(SAMPLES) - 1, 1, 2)
    assert sorted(stored) == sorted(sample(name).id for name in SAMPLES if name != "tools")


def test_the_same_batch_twice_is_no_failure() -> None:
    there = {"transaction_id": ["value_already_exist"]}
    with ScriptedEndpoint(invalid(n0=there, n1=there)) as endpoint:
        stats = deliver(endpoint, "chat", "stream")
    assert (stats.delivered, stats.lost, stats.requests) == (2, 0, 1)


def test_a_batch_that_is_too_long_for_this_lago_is_halved() -> None:
    too_many = Answer(status=422, content=b'{"code":"too_many_events","error_details":{}}')
    with ScriptedEndpoint(too_many) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost, stats.requests) == (len(SAMPLES), 0, 3)


def test_a_call_that_nobody_pays_for_is_rejected_with_the_remedy() -> None:
    with ScriptedEndpoint() as endpoint:
        stats = deliver(endpoint, "chat", "bare", "tools", default_subscription=None)
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert "set default_subscription" in (stats.last_error or "")
