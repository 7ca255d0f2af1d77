"""The contract, and the replies that Datadog gives."""

from __future__ import annotations

import pytest

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_datadog import exporter

ACCEPTED = Answer(status=202, content=b"{}")


def errors(status: int, detail: str) -> Answer:
    """Return an answer in the vendor's error form."""
    body = f'{{"errors":[{{"status":"{status}","title":"Error","detail":"{detail}"}}]}}'
    return Answer(status=status, content=body.encode(), headers={"retry-after": "0"})


class TestContract(ExporterContract):
    """Logs for one organization."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}", "tags": ["team:checkout"]}
    accepted = ACCEPTED


def deliver(endpoint: ScriptedEndpoint, *names: str) -> LaneStats:
    """Log samples together, wait for their delivery and return the account."""
    with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_a_batch_is_one_compressed_request() -> None:
    with ScriptedEndpoint(default=ACCEPTED) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
        (request,) = endpoint.requests
    assert request.headers["content-encoding"] == "gzip"
    assert [made["llm"]["id"] for made in request.json()] == [sample(n).id for n in SAMPLES]
    assert stats.delivered == len(SAMPLES)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_is_tried_again(status: int) -> None:
    with ScriptedEndpoint(errors(status, "later"), default=ACCEPTED) as endpoint:
        stats = deliver(endpoint, "chat", "bare")
    assert (stats.delivered, stats.retried, stats.lost) == (2, 1, 0)


def test_one_bad_log_does_not_spoil_its_batch() -> None:
    hated = sample("tools").id
    taken: list[str] = []

    def judge(request: Received) -> Answer:
        ids = [made["llm"]["id"] for made in request.json()]
        if hated in ids:
            return errors(400, "bad request")
        taken.extend(ids)
        return ACCEPTED

    with ScriptedEndpoint(default=judge) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert sorted(taken) == sorted(sample(name).id for name in SAMPLES if name != "tools")
    assert (stats.delivered, stats.lost) == (len(SAMPLES) - 1, 1)
    assert "bad request" in (stats.last_error or "")


def test_a_wrong_key_keeps_the_events_and_the_reason() -> None:
    with ScriptedEndpoint(default=errors(403, "API key is invalid")) as endpoint:
        logger = TestContract().logger(endpoint.url)
        logger.log(sample())
        endpoint.wait_for(1)
        assert not logger.flush(0.2).complete
        stats = lane_stats(logger)
        logger.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "API key is invalid" in (stats.last_error or "")


def test_the_key_alone_activates_it() -> None:
    with ScriptedEndpoint(default=ACCEPTED) as endpoint:
        environ = {"DD_API_KEY": "fake-key", "DD_LOGS_DIRECT_SUBMISSION_URL": endpoint.url}
        with Logger(environ=environ, file=False) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
        (request,) = endpoint.requests
    assert (request.method, request.path) == ("POST", "/api/v2/logs")
    assert request.headers["dd-api-key"] == "fake-key"
