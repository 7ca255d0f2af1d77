"""Against a server that speaks AWS, and the replies that hide losses."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from typing import Any

import pytest
from attrs import evolve
from servers.account import log, waits
from servers.aws import KEYS, Cloud
from servers.service import logged, read_back

from llmlog import Logger, Message, Text
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog_dynamodb.table import definition


def logger(url: str, **options: Any) -> Logger:
    values = {"table": "calls", "endpoint_url": url, **KEYS, "batch_age_s": 60.0, **options}
    return Logger(plugins=["dynamodb"], environ={}, file=False, plugin={"dynamodb": values})


def answers(*replies: Any) -> list[Answer]:
    return [Answer(content=json.dumps(reply).encode()) for reply in replies]


def stored(aws: Any) -> list[dict[str, Any]]:
    return sorted(aws.scan(TableName="calls")["Items"], key=lambda item: item["id"]["S"])


@pytest.mark.server
def test_what_was_written_is_read_back(cloud: Cloud, aws: Any) -> None:
    aws.create_table(**definition("calls"))
    stats = log(logger(cloud.url), *SAMPLES)
    assert (stats.delivered, stats.requests) == (len(SAMPLES), 1)
    wholes = [read_back(gzip.decompress(each["payload"]["B"])) for each in stored(aws)]
    assert wholes == [logged(name) for name in SAMPLES]
    (chat,) = (each for each in stored(aws) if each["id"]["S"] == sample().id)
    assert (chat["total_input_tokens"], chat["cost"]) == ({"N": "24"}, {"N": "0.0078"})


@pytest.mark.server
def test_the_same_batch_twice_is_one_copy(cloud: Cloud, aws: Any) -> None:
    aws.create_table(**definition("calls"))
    for _ in range(2):
        assert log(logger(cloud.url), *SAMPLES, "chat").delivered == len(SAMPLES) + 1
    assert len(stored(aws)) == len(SAMPLES)


@pytest.mark.server
def test_an_item_that_is_too_large_harms_no_other(cloud: Cloud, aws: Any) -> None:
    aws.create_table(**definition("calls"))
    with logger(cloud.url) as made:
        made.log(sample("chat"))
        made.log(evolve(sample("tools"), name="x" * 410_000))
        made.log(sample("failure"))
        assert made.flush(60).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert len(stored(aws)) == 2


@pytest.mark.server
def test_a_long_conversation_fits_in_an_item(cloud: Cloud, aws: Any) -> None:
    """What it says is compressed: an item holds 400 KB."""
    aws.create_table(**definition("calls"))
    parts = [Text(content=f"line {number} of a long text") for number in range(20_000)]
    with logger(cloud.url) as made:
        made.log(evolve(sample(), input_messages=[Message(role="user", parts=parts)]))
        assert made.flush(60).complete
        assert made.stats()[-1].delivered == 1


@pytest.mark.server
def test_no_table_is_made_unasked(cloud: Cloud, aws: Any) -> None:
    assert "ResourceNotFound" in (waits(logger(cloud.url)).last_error or "")
    assert aws.list_tables()["TableNames"] == []


@pytest.mark.server
def test_a_table_is_made_when_asked_for(cloud: Cloud, aws: Any) -> None:
    assert log(logger(cloud.url, create=True), "chat").delivered == 1
    assert len(stored(aws)) == 1


def test_what_is_unprocessed_comes_again() -> None:
    """`UnprocessedItems` in a 200: only these are written again."""
    item = {"PutRequest": {"Item": {"id": {"S": sample("failure").id}}}}
    first, second = answers(
        {"UnprocessedItems": {"calls": [item]}}, {"UnprocessedItems": {}},
    )  # fmt: skip
    with ScriptedEndpoint(first, default=second) as endpoint:
        stats = log(logger(endpoint.url), "chat", "failure", "bare")
        again = endpoint.requests[1].json()["RequestItems"]["calls"]
    assert (stats.delivered, stats.lost, stats.balanced) == (3, 0, True)
    (put,) = (each["PutRequest"]["Item"] for each in again)
    whole = gzip.decompress(base64.b64decode(put["payload"]["B"]))
    assert read_back(whole) == logged("failure")


def test_the_definition_is_printed() -> None:
    command = [sys.executable, "-m", "llmlog_dynamodb", "calls"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == definition("calls")
