"""The contract, and the replies of the collector."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmlog import Refused, Reply
from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog_splunk import exporter, read_reply

OK = Answer(content=b'{"text":"Success","code":0}')


def said(status: int, text: str, code: int, number: int | None = None) -> Answer:
    body: dict[str, Any] = {"text": text, "code": code}
    if number is not None:
        body["invalid-event-number"] = number
    return Answer(status=status, content=json.dumps(body).encode())


class TestContract(ExporterContract):
    """One collector."""

    exporter = exporter
    settings = {"url": "{url}", "token": "00000000-fake-0000-0000-000000000000", "index": "llm"}
    accepted = OK
    partial = said(400, "Invalid data format", 6, 1)


def deliver(endpoint: ScriptedEndpoint, *names: str) -> Any:
    with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def collector(bad: str, code: int, stored: list[str]) -> Any:
    """Index event by event, and stop at the one that is bad, as Splunk does."""

    def judge(request: Received) -> Answer:
        for number, text in enumerate(request.content.splitlines()):
            made = json.loads(text)["event"]
            if made["id"] == bad:
                return said(400, "no", code, number)
            stored.append(made["id"])
        return OK

    return judge


def test_a_bad_event_costs_no_other_and_none_is_indexed_twice() -> None:
    stored: list[str] = []
    with ScriptedEndpoint(default=collector(sample("media").id, 6, stored)) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost, stats.requests) == (len(SAMPLES) - 1, 1, 2)
    assert stored == [sample(name).id for name in SAMPLES if name != "media"]


def test_a_busy_collector_says_how_far_it_came() -> None:
    busy = said(503, "Server is busy", 9, 2)
    with ScriptedEndpoint(busy, default=OK) as endpoint:
        stats = deliver(endpoint, "chat", "stream", "failure", "bare")
        second = [
            json.loads(line)["event"]["id"] for line in endpoint.requests[1].content.split(b"\n")
        ]
    assert (stats.delivered, stats.lost) == (4, 0)
    assert second == [sample("failure").id, sample("bare").id]


@pytest.mark.parametrize(("code", "number"), [(7, 0), (10, None), (11, None), (14, None)])
def test_a_token_that_is_not_set_up_keeps_the_events(code: int, number: int | None) -> None:
    answer = said(400, "set me up", code, number)
    verdict = read_reply(Reply(400, {}, answer.content), [sample("chat"), sample("bare")])
    assert isinstance(verdict, Refused)
    assert "set me up" in verdict.reason


def test_busy_without_a_number_means_all_again() -> None:
    with ScriptedEndpoint(said(503, "Server is busy", 9), default=OK) as endpoint:
        stats = deliver(endpoint, "chat", "bare")
    assert (stats.delivered, stats.retried, stats.lost) == (2, 1, 0)
