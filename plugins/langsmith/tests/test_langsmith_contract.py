"""The contract, and the replies that LangSmith gives."""

from __future__ import annotations

from typing import Any

import pytest
from requests_toolbelt.multipart import MultipartDecoder  # type: ignore[import-untyped]

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_langsmith import exporter

SETTINGS = {"api_key": "lsv2-fake", "endpoint": "{url}", "workspace_id": "workspace-fake"}
ACCEPTED = Answer(status=202, content=b'{"message":"Runs batch ingested"}')


class TestMultipart(ExporterContract):
    """The contract, with parts."""

    exporter = exporter
    golden = None
    settings = SETTINGS
    accepted = ACCEPTED


class TestBatch(ExporterContract):
    """The contract, with arrays."""

    exporter = exporter
    settings = {**SETTINGS, "api": "batch"}
    accepted = ACCEPTED


def deliver(endpoint: ScriptedEndpoint, *names: str, **options: Any) -> LaneStats:
    """Log samples together, wait for their delivery and return the account."""
    with TestMultipart().logger(endpoint.url, batch_age_s=5.0, **options) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def ids(request: Received) -> set[str]:
    """Return the ids of the runs in a request, read by the vendor's own library."""
    decoder = MultipartDecoder(request.content, request.headers["content-type"])
    names = [part.headers[b"content-disposition"].decode() for part in decoder.parts]
    return {name.split('"')[1].split(".")[1] for name in names}


def test_what_is_already_there_is_delivered() -> None:
    conflict = Answer(status=409, content=b'{"detail":"Run already exists"}')
    with ScriptedEndpoint(Answer(cut=True), default=conflict) as endpoint:
        stats = deliver(endpoint, "chat", "bare")
        first, second = endpoint.requests
    assert first.content == second.content
    assert (stats.delivered, stats.lost, stats.retried) == (2, 0, 1)


@pytest.mark.parametrize("status", [400, 422])
def test_one_bad_run_does_not_spoil_its_batch(status: int) -> None:
    hated = sample("tools").id
    taken: set[str] = set()

    def judge(request: Received) -> Answer:
        if hated in ids(request):
            return Answer(status=status, content=b'{"error":"Unprocessable entity"}')
        taken.update(ids(request))
        return ACCEPTED

    with ScriptedEndpoint(default=judge) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert taken == {sample(name).id for name in SAMPLES} - {hated}
    assert (stats.delivered, stats.lost) == (len(SAMPLES) - 1, 1)
    assert "Unprocessable" in (stats.last_error or "")


def test_a_rate_limit_is_waited_for() -> None:
    limit = Answer(status=429, headers={"retry-after": "0"}, content=b"slow down")
    with ScriptedEndpoint(limit, default=ACCEPTED) as endpoint:
        stats = deliver(endpoint, "chat")
    assert (stats.delivered, stats.retried) == (1, 1)


@pytest.mark.parametrize("status", [403, 404])
def test_a_wrong_workspace_or_address_keeps_the_events(status: int) -> None:
    refusal = Answer(status=status, content=b'{"error":"org_scoped_key_requires_workspace"}')
    with ScriptedEndpoint(default=refusal) as endpoint:
        logger = TestMultipart().logger(endpoint.url)
        logger.log(sample())
        endpoint.wait_for(1)
        assert not logger.flush(0.2).complete
        stats = lane_stats(logger)
        logger.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "org_scoped_key_requires_workspace" in (stats.last_error or "")


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
