"""Records against the models of Argilla's server, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from servers.environment import Environment

from llmlog import Message, Payload, Secret, Text
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_argilla import Settings, encode

VENDOR = Environment("argilla-server", ("argilla-server==2.8.0",))
DATASET = "5b1d3a0e-0000-4000-8000-000000000001"
SETTINGS = Settings(
    api_key=Secret("fake-key"), dataset_id=DATASET, properties=("model", "cost", "input_tokens"),
    fields={"chat": "messages", "text": "prompt", "answer": "response", "all": "record"},
)  # fmt: skip


def body(*batch: Payload) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(encode(SETTINGS, batch).content)
    return made


def item(payload: Payload) -> Any:
    (made,) = body(payload)["items"]
    return made


@pytest.mark.server
def test_the_servers_models_read_every_record() -> None:
    bodies = [body(*map(sample, SAMPLES))]

    @hypothesis_settings(deadline=None, max_examples=50)
    @given(payload=payloads())
    def drawn(payload: Payload) -> None:
        bodies.append(body(payload))

    drawn()
    done = subprocess.run(
        [VENDOR.program("python"), Path(__file__).with_name("vendor.py")], timeout=600,
        input=json.dumps(bodies), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@hypothesis_settings(deadline=None, max_examples=50)
@given(payload=payloads())
def test_chat_fields_keep_to_the_servers_limits(payload: Payload) -> None:
    for message in item(payload)["fields"].get("chat", ()):
        assert 1 <= len(message["role"]) <= 20
        assert 1 <= len(message["content"]) <= 20_000


def test_long_conversations_keep_their_end() -> None:
    said = [Message(role="user", parts=[Text(content=str(number) * 20_001)])
            for number in range(1, 9)] * 70  # fmt: skip
    chat = item(evolve(sample(), input_messages=said))["fields"]["chat"]
    assert (len(chat), len(chat[-1]["content"])) == (500, 20_000)
    assert chat[-1]["content"][0] == "8"


def test_the_request_replaces_records_by_their_id() -> None:
    request = encode(SETTINGS, [sample()])
    assert request.method == "PUT"
    assert request.url == f"http://localhost:6900/api/v1/datasets/{DATASET}/records/bulk"
    assert request.headers["x-argilla-api-key"] == "fake-key"
    assert item(sample())["external_id"] == sample().id


def test_only_the_properties_that_the_dataset_has_are_sent() -> None:
    assert item(sample())["metadata"] == {
        "model": "gpt-4o-mini-2024-07-18", "cost": 0.0078, "input_tokens": 24,
    }  # fmt: skip
    assert "metadata" not in item(sample("bare"))


def test_a_failure_says_why_there_is_no_answer() -> None:
    assert item(sample("failure"))["fields"]["answer"].startswith("RateLimitError: Rate limit")
    assert "answer" not in item(sample("bare"))["fields"]
