"""What lies in a queue is a whole record that a consumer reads back, with id, trace and version."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from llmlog import Payload
from llmlog.schema import SCHEMA_VERSION, from_json
from llmlog.testing import SAMPLES, sample

ROOT = Path(__file__).parent.parent


@frozen
class Wire:
    """A message as a consumer of a queue sees it; `key` is what keeps a trace together."""

    body: bytes | str
    id: str
    key: str
    version: str


def _plugin(name: str) -> Any:
    return pytest.importorskip(f"llmlog_{name}")


def kafka(payload: Payload) -> Wire:
    made = _plugin("kafka").message(payload)
    headers = dict(made["headers"])
    return Wire(made["value"], headers["llmlog-id"], made["key"], headers["llmlog-schema-version"])


def redis(payload: Payload) -> Wire:
    made = _plugin("redis").entry(payload)
    return Wire(made["payload"], made["id"], made["trace_id"], made["schema_version"])


def _with_words(payload: Payload, name: str) -> Wire:
    body, words = _plugin(name).message(payload)
    words = words.get("headers", words)
    return Wire(body, words["llmlog-id"], words["llmlog-trace-id"], words["llmlog-schema-version"])


def nats(payload: Payload) -> Wire:
    return _with_words(payload, "nats")


def rabbitmq(payload: Payload) -> Wire:
    return _with_words(payload, "rabbitmq")


def mqtt(payload: Payload) -> Wire:
    return _with_words(payload, "mqtt")


def sqs(payload: Payload) -> Wire:
    plugin = _plugin("sqs")
    settings = plugin.Settings(queue_url="https://sqs.example.com/1/calls.fifo")
    made = plugin.entry(settings, payload, 0)
    words = {name: each["StringValue"] for name, each in made["MessageAttributes"].items()}
    assert made["MessageGroupId"] == words["llmlog-trace-id"]
    return Wire(made["MessageBody"], words["llmlog-id"], words["llmlog-trace-id"],
                words["llmlog-schema-version"])  # fmt: skip


def pubsub(payload: Payload) -> Wire:
    made = _plugin("pubsub").message(payload, ordered=True)
    words = made["attributes"]
    assert made["orderingKey"] == words["llmlog-trace-id"]
    return Wire(base64.b64decode(made["data"]), words["llmlog-id"], words["llmlog-trace-id"],
                words["llmlog-schema-version"])  # fmt: skip


def kinesis(payload: Payload) -> Wire:
    """It has no place beside the record, whose own id and version count."""
    made = _plugin("kinesis").record(payload)
    inside = from_json(made["Data"])
    return Wire(made["Data"], inside.id, made["PartitionKey"], inside.schema_version)


QUEUES: Mapping[str, Callable[[Payload], Wire]] = {
    read.__name__: read for read in (kafka, redis, nats, rabbitmq, mqtt, sqs, pubsub, kinesis)
}


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_consumer_reads_back_what_was_logged(queue: str, name: str) -> None:
    payload = sample(name)
    wire = QUEUES[queue](payload)
    assert from_json(wire.body) == payload
    assert (wire.id, wire.key, wire.version) == (payload.id, payload.trace_id, SCHEMA_VERSION)


def test_every_queue_is_here() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| queues \| (.+) \|$", readme, re.MULTILINE)
    assert set(re.findall(r"\[([\w-]+)\]", row)) == set(QUEUES)


def test_the_page_about_queues_tells_of_each() -> None:
    page = (ROOT / "docs" / "queues.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)
    assert set(rows) == set(QUEUES)
    assert import_module("llmlog.schema").from_json.__name__ in page
