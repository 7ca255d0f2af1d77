"""What LangSmith answers, and what it is told."""

from __future__ import annotations

import pytest

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats

ACCEPTED = Answer(status=202, content=b'{"message":"Runs batch ingested"}')


def deliver(endpoint: ScriptedEndpoint, *names: str) -> LaneStats:
    """Log samples together, wait for their delivery and return the account."""
    values = {"api_key": "lsv2-fake", "endpoint": endpoint.url, "batch_age_s": 5.0}
    with Logger(plugins=["langsmith"], environ={}, file=False,
                plugin={"langsmith": values}) as logger:  # fmt: skip
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_what_is_already_there_is_delivered() -> None:
    conflict = Answer(status=409, content=b'{"detail":"Run already exists"}')
    with ScriptedEndpoint(Answer(cut=True), default=conflict) as endpoint:
        stats = deliver(endpoint, "chat", "bare")
        first, second = endpoint.requests
    assert first.content == second.content
    assert (stats.delivered, stats.lost, stats.retried) == (2, 0, 1)


def test_nothing_is_compressed_unasked() -> None:
    with ScriptedEndpoint(default=ACCEPTED) as endpoint:
        deliver(endpoint, *SAMPLES)
        (request,) = endpoint.requests
    assert "content-encoding" not in request.headers
    assert request.raw == request.content


@pytest.mark.parametrize(
    ("variable", "hidden"),
    [("LANGSMITH_HIDE_INPUTS", b"Say hello"), ("LANGSMITH_HIDE_OUTPUTS", b"Hello, Zo"),
     ("LANGCHAIN_HIDE_METADATA", b"user-1")],
)  # fmt: skip
def test_the_vendors_variables_hide(variable: str, hidden: bytes) -> None:
    with ScriptedEndpoint(default=ACCEPTED) as endpoint:
        environ = {"LANGSMITH_API_KEY": "lsv2-fake", "LANGSMITH_ENDPOINT": endpoint.url}
        for extra in ({}, {variable: "true"}):
            with Logger(environ={**environ, **extra}, file=False) as logger:
                logger.log(sample())
                assert logger.flush(20).complete
        open_request, hiding_request = endpoint.requests
    assert hidden in open_request.content
    assert hidden not in hiding_request.content
