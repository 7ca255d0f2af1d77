"""Against a server that speaks AWS, and the replies that hide losses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from servers.account import log, waits
from servers.aws import KEYS, Cloud
from servers.service import logged, read_back

from llmlog import Logger, Message, Text
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample


def logger(url: str, **options: Any) -> Logger:
    values = {"stream": "calls", "endpoint_url": url, **KEYS, "batch_age_s": 60.0, **options}
    return Logger(plugins=["kinesis"], environ={}, file=False, plugin={"kinesis": values})


def answers(*replies: Any) -> list[Answer]:
    return [Answer(content=json.dumps(reply).encode()) for reply in replies]


def stored(aws: Any) -> list[dict[str, Any]]:
    shards = aws.list_shards(StreamName="calls")["Shards"]
    places = [
        aws.get_shard_iterator(
            StreamName="calls", ShardId=each["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for each in shards
    ]
    return [
        record for place in places for record in aws.get_records(ShardIterator=place)["Records"]
    ]


@pytest.mark.server
def test_what_was_put_is_read_back(cloud: Cloud, aws: Any) -> None:
    aws.create_stream(StreamName="calls", ShardCount=3)
    stats = log(logger(cloud.url), *SAMPLES)
    assert (stats.delivered, stats.requests) == (len(SAMPLES), 1)
    found = {each.id: each for each in (read_back(record["Data"]) for record in stored(aws))}
    assert found == {sample(name).id: logged(name) for name in SAMPLES}
    assert {record["PartitionKey"] for record in stored(aws)} == {
        sample(name).trace_id for name in SAMPLES
    }


@pytest.mark.server
def test_a_record_that_is_too_large_harms_no_other(cloud: Cloud, aws: Any) -> None:
    aws.create_stream(StreamName="calls", ShardCount=1)
    text = Text(content="x" * 1_100_000)
    with logger(cloud.url) as made:
        made.log(sample("chat"))
        made.log(evolve(sample("tools"), input_messages=[Message(role="user", parts=[text])]))
        made.log(sample("failure"))
        assert made.flush(60).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert len(stored(aws)) == 2


@pytest.mark.server
def test_a_missing_stream_keeps_the_events(cloud: Cloud, aws: Any) -> None:
    assert "ResourceNotFound" in (waits(logger(cloud.url)).last_error or "")


def test_what_failed_comes_again() -> None:
    """`FailedRecordCount` in a 200: only what failed is put again."""
    good = {"SequenceNumber": "1", "ShardId": "s"}
    slow = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
    first, second = answers(
        {"FailedRecordCount": 2, "Records": [good, slow, good, slow]},
        {"FailedRecordCount": 0, "Records": [good, good]},
    )
    names = ("chat", "stream", "failure", "bare")
    with ScriptedEndpoint(first, default=second) as endpoint:
        stats = log(logger(endpoint.url), *names)
        again = endpoint.requests[1].json()["Records"]
    assert (stats.delivered, stats.lost, stats.balanced) == (4, 0, True)
    assert [each["PartitionKey"] for each in again] == [
        sample("stream").trace_id, sample("bare").trace_id,
    ]  # fmt: skip


def test_a_reply_that_is_too_short_loses_nothing() -> None:
    good = {"SequenceNumber": "1", "ShardId": "s"}
    first, second = answers({"Records": [good]}, {"Records": [good]})
    with ScriptedEndpoint(first, default=second) as endpoint:
        stats = log(logger(endpoint.url), "chat", "bare")
    assert (stats.delivered, stats.lost, stats.retried) == (2, 0, 1)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_a_refusal_costs_no_event(code: str) -> None:
    body = json.dumps({"__type": code, "message": "no"}).encode()
    with ScriptedEndpoint(default=Answer(status=400, content=body)) as endpoint:
        assert code in (waits(logger(endpoint.url)).last_error or "")
