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
from llmlog_sqs import Settings, entry


def logger(url: str, **options: Any) -> Logger:
    values = {"queue_url": "calls", "endpoint_url": url, **KEYS, "batch_age_s": 60.0, **options}
    return Logger(plugins=["sqs"], environ={}, file=False, plugin={"sqs": values})


def answers(*replies: Any) -> list[Answer]:
    return [Answer(content=json.dumps(reply).encode()) for reply in replies]


def taken(aws: Any, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while messages := aws.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
    ).get("Messages"):
        for each in messages:
            aws.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        found += messages
    return found


@pytest.mark.server
def test_what_was_sent_is_received(cloud: Cloud, aws: Any) -> None:
    url = aws.create_queue(QueueName="calls")["QueueUrl"]
    stats = log(logger(cloud.url, queue_url=url), *SAMPLES)
    assert (stats.delivered, stats.requests) == (len(SAMPLES), 1)
    found = {
        each["MessageAttributes"]["llmlog-id"]["StringValue"]: each for each in taken(aws, url)
    }
    assert {id_: read_back(each["Body"]) for id_, each in found.items()} == {
        sample(name).id: logged(name) for name in SAMPLES
    }


@pytest.mark.server
def test_a_fifo_queue_keeps_one_copy_and_the_order(cloud: Cloud, aws: Any) -> None:
    url = aws.create_queue(QueueName="calls.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for _ in range(2):
        log(logger(cloud.url, queue_url=url), *SAMPLES)
    found = taken(aws, url)
    assert sorted(read_back(each["Body"]).id for each in found) == [sample(n).id for n in SAMPLES]
    assert {each["Attributes"]["MessageGroupId"] for each in found} == {
        sample(name).trace_id for name in SAMPLES
    }


@pytest.mark.server
def test_large_messages_go_in_smaller_batches(cloud: Cloud, aws: Any) -> None:
    url = aws.create_queue(QueueName="calls")["QueueUrl"]
    with logger(cloud.url, queue_url=url) as made:
        for number, size in enumerate((400_000, 400_000, 400_000, 1_100_000)):
            text = Text(content="x" * size)
            messages = [Message(role="user", parts=[text])]
            made.log(evolve(sample(), id=f"large-{number}", input_messages=messages))
        assert made.flush(60).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (3, 1, True)
    assert len(taken(aws, url)) == 3


@pytest.mark.server
def test_a_missing_queue_keeps_the_events(cloud: Cloud, aws: Any) -> None:
    stats = waits(logger(cloud.url, queue_url=f"{cloud.url}/123456789012/missing"))
    assert "QueueDoesNotExist" in (stats.last_error or "")


def test_what_failed_comes_again_or_is_rejected() -> None:
    """`Failed` in a 200: a fault of the sender rejects, another one is tried again."""
    first, second = answers(
        {
            "Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": "0"}],
            "Failed": [
                {"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents"},
                {"Id": "2", "SenderFault": False, "Code": "InternalError"},
            ],
        },
        {"Successful": [{"Id": str(n), "MessageId": "m", "MD5OfMessageBody": "0"} for n in (0, 1)]},
    )
    with ScriptedEndpoint(first, default=second) as endpoint:
        stats = log(logger(endpoint.url), "chat", "stream", "failure", "bare")
        batches = [len(request.json()["Entries"]) for request in endpoint.requests]
    assert (stats.delivered, stats.lost, stats.balanced) == (3, 1, True)
    assert batches == [4, 2]


@pytest.mark.parametrize(("status", "code"), [(400, "AWS.SimpleQueueService.NonExistentQueue"),
                                              (403, "AccessDenied")])  # fmt: skip
def test_a_refusal_costs_no_event(status: int, code: str) -> None:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "no"}).encode()
    with ScriptedEndpoint(default=Answer(status=status, content=body)) as endpoint:
        waits(logger(endpoint.url))


def test_what_throttles_is_tried_again() -> None:
    body = b'{"__type": "com.amazonaws.sqs#RequestThrottled", "message": "slow down"}'
    good = answers({"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": "0"}]})[0]
    with ScriptedEndpoint(Answer(status=400, content=body), default=good) as endpoint:
        stats = log(logger(endpoint.url), "chat")
    assert (stats.delivered, stats.retried) == (1, 1)


def test_a_body_holds_only_what_sqs_takes() -> None:
    odd = evolve(sample(), name="\x00\x0b\x7f\ufffe\uffff\U0001f600")
    body = entry(Settings(queue_url="https://sqs.example.com/1/calls"), odd, 0)["MessageBody"]
    assert read_back(body).name == odd.name
    assert not [sign for sign in body if sign in "\ufffe\uffff" or sign < " "]
