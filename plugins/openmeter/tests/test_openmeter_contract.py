"""The contract, and a batch with an event that is not taken."""

from __future__ import annotations

from typing import Any

from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_openmeter import exporter

OK = Answer(status=204, content=b"")


class TestContract(ExporterContract):
    """The cloud."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}", "default_subject": "customer-1"}
    accepted = OK


def deliver(endpoint: ScriptedEndpoint, *names: str, **more: Any) -> Any:
    with TestContract().logger(endpoint.url, batch_age_s=5.0, **more) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_a_batch_of_which_nothing_is_taken_loses_one_event_alone() -> None:
    """400 is for the whole batch; source and id tell what comes again."""
    taken: dict[tuple[str, str], Any] = {}

    def judge(request: Received) -> Answer:
        events = request.json()
        if sample("media").id in [event["id"] for event in events]:
            problem = b'{"type":"about:blank","title":"Bad Request","status":400,"detail":"no"}'
            return Answer(status=400, content=problem,
                          headers={"content-type": "application/problem+json"})  # fmt: skip
        taken.update({(event["source"], event["id"]): event for event in events})
        return OK

    with ScriptedEndpoint(default=judge) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(SAMPLES) - 1, 1, True)
    assert len(taken) == len(SAMPLES) - 1


def test_a_call_of_nobody_is_rejected_with_the_remedy() -> None:
    with ScriptedEndpoint(default=OK) as endpoint:
        stats = deliver(endpoint, "chat", "bare", "tools", default_subject=None)
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert "set default_subject" in (stats.last_error or "")
