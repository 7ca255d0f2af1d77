"""The contract, and the answers that Opik gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmlog.testing import SAMPLES, Answer, ClientContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog.testing.golden import check_golden
from llmlog_opik import Settings, bodies, exporter

DONE = Answer(status=204, content=b"")
GOLDEN = Path(__file__).parent / "golden" / "samples.json"


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint(default=DONE) as endpoint:
        yield endpoint


class TestContract(ClientContract):
    """What every plugin promises."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}/api", "project": "shop"}

    @pytest.fixture
    def place(self, endpoint: ScriptedEndpoint) -> str:
        self.endpoint = endpoint
        return endpoint.url

    def everything(self, place: str) -> str:
        return "\n".join(request.content.decode() for request in self.endpoint.requests)


def deliver(endpoint: ScriptedEndpoint, *names: str) -> Any:
    with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_the_samples_are_as_the_golden_file_says() -> None:
    check_golden(GOLDEN, {name: bodies(Settings(), [sample(name)]) for name in SAMPLES})


def test_traces_are_sent_before_their_spans(endpoint: ScriptedEndpoint) -> None:
    assert deliver(endpoint, *SAMPLES).delivered == len(SAMPLES)
    first, second = endpoint.requests
    traces, spans = first.json()["traces"], second.json()["spans"]
    assert (first.path, second.path) == (
        "/api/v1/private/traces/batch", "/api/v1/private/spans/batch"
    )  # fmt: skip
    assert [item["id"] for item in spans] == [sample(name).id for name in SAMPLES]
    assert {item["trace_id"] for item in spans} <= {item["id"] for item in traces}


@pytest.mark.parametrize("script", [(Answer(status=503),), (DONE, Answer(status=429))])
def test_both_are_sent_again_when_one_is_not_taken(endpoint: ScriptedEndpoint, script: Any) -> None:
    endpoint.script(*script)
    stats = deliver(endpoint, "chat")
    assert (stats.delivered, stats.retried, stats.lost) == (1, 1, 0)
    bodies_sent = [request.content for request in endpoint.requests]
    assert bodies_sent[-2] == bodies_sent[0]


def test_one_bad_span_does_not_spoil_its_batch(endpoint: ScriptedEndpoint) -> None:
    hated = sample("tools").id

    def judge(request: Received) -> Answer:
        bad = hated in [item["id"] for item in request.json().get("spans", ())]
        text = b'{"code":400,"message":"Invalid UUID for id"}'
        return Answer(status=400, content=text) if bad else DONE

    endpoint.default = judge
    stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost) == (len(SAMPLES) - 1, 1)
    assert "Invalid UUID" in (stats.last_error or "")


def test_a_wrong_key_keeps_the_calls(endpoint: ScriptedEndpoint) -> None:
    endpoint.default = Answer(status=401)
    logger = TestContract().logger(endpoint.url)
    logger.log(sample())
    endpoint.wait_for(1)
    logger.close(0)
    assert lane_stats(logger).delivered == 0
    assert len(endpoint.requests) == 1
