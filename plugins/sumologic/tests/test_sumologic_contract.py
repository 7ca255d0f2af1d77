"""The contract, and what a source makes of a request."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret
from llmlog.schema import from_dict
from llmlog.testing import SAMPLES, Answer, ExporterContract, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog.testing.strategies import payloads
from llmlog_sumologic import Settings, encode, exporter

SETTINGS = Settings(
    url=Secret("https://collectors.example.com/receiver/v1/http/fake-token"),
    category="prod/llm", source_name="shop", host="web-1", fields={"team": "ml", "env": "eu"},
)  # fmt: skip
OK = Answer(content=b"", headers={"content-type": "text/plain"})


class TestContract(ExporterContract):
    """One source."""

    exporter = exporter
    settings = {"url": "{url}/receiver/v1/http/fake-token", "category": "prod/llm"}
    accepted = OK


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_a_message_is_one_line_and_the_whole_record(payload: Payload) -> None:
    """The source splits at line ends, and looks for the time at the start."""
    text = encode(SETTINGS, [payload, sample()]).content.decode()
    first, second, end = text.split("\n")
    assert end == ""
    assert from_dict(json.loads(first)) == payload
    for line in (first, second):
        assert line.startswith('{"timestamp":1793534400000,"level":')


def test_headers_say_where_messages_are_from() -> None:
    assert encode(SETTINGS, [sample()]).headers == {
        "content-type": "application/x-ndjson", "x-sumo-category": "prod/llm",
        "x-sumo-name": "shop", "x-sumo-host": "web-1", "x-sumo-fields": "team=ml,env=eu",
    }  # fmt: skip


def test_the_token_in_the_address_does_not_show() -> None:
    assert "fake-token" not in f"{SETTINGS} {SETTINGS!r}"


@pytest.mark.parametrize("status", [408, 429, 503, 504])
def test_what_passes_is_tried_again(status: int) -> None:
    with ScriptedEndpoint(Answer(status=status), default=OK) as endpoint:
        with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        assert {request.path for request in endpoint.requests} == {"/receiver/v1/http/fake-token"}
    assert (stats.delivered, stats.retried, stats.lost) == (len(SAMPLES), 1, 0)
