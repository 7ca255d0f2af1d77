"""The contract, and the answers of the bulk API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from llmlog import Rejected, Reply, Secret
from llmlog.testing import Answer, ExporterContract, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_elasticsearch import Settings, encode, exporter, read_reply


def bulk(*items: dict[str, Any]) -> Answer:
    made = {"took": 3, "errors": True, "items": [{"create": item} for item in items]}
    return Answer(content=json.dumps(made).encode())


BAD = {"status": 400, "error": {
    "type": "document_parsing_exception", "reason": "[1:120] failed to parse field [llm.kind]",
    "caused_by": {"type": "illegal_argument_exception", "reason": "no number"}}}  # fmt: skip
BUSY = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}
THERE = {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "exists"}}


class TestContract(ExporterContract):
    """A cluster with users."""

    exporter = exporter
    settings = {"url": "{url}", "api_key": "ZmFrZTpmYWtl"}
    partial = bulk({"status": 201}, BAD)


def test_each_item_has_its_own_fate() -> None:
    """Taken, there already, not now, never: only what was not now comes again."""
    first = bulk({"status": 201}, THERE, BUSY, BAD)
    with ScriptedEndpoint(first, default=bulk({"status": 201})) as endpoint:
        with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
            for name in ("chat", "stream", "failure", "bare"):
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        again = endpoint.requests[1].content.splitlines()
    assert (stats.delivered, stats.lost, stats.requests, stats.balanced) == (3, 1, 2, True)
    assert [json.loads(line) for line in again[::2]] == [{"create": {"_id": sample("failure").id}}]


@pytest.mark.parametrize("item", [{}, {"status": "x"}, {"status": 400, "error": "text"}])
def test_an_item_that_says_nothing_known_is_no_success(item: dict[str, Any]) -> None:
    reply = Reply(200, {}, bulk(item).content)
    (outcome,) = read_reply(reply, [sample()]) or ()
    assert isinstance(outcome, Rejected)


def test_a_rejection_names_the_cause() -> None:
    (outcome,) = read_reply(Reply(200, {}, bulk(BAD).content), [sample()]) or ()
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("400 document_parsing_exception: [1:120]")
    assert outcome.reason.endswith(": no number")


def test_index_and_pipeline_are_in_the_address() -> None:
    settings = Settings(url="https://es:9200/", index="a/b", pipeline="p q")
    assert encode(settings, [sample()]).url == "https://es:9200/a%2Fb/_bulk?pipeline=p+q"


def test_a_user_and_a_password_do_as_well() -> None:
    settings = Settings(url="https://es:9200", username="u", password=Secret("fake"))
    assert settings.headers == {"authorization": "Basic dTpmYWtl"}
    assert evolve(settings, username=None, password=None).headers == {}
