"""Against Google's emulator, Google's own description of the API, and a reply that is too short."""

from __future__ import annotations

import ast
import base64
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import googleapiclient
import httpx
import jsonschema
import pytest
from hypothesis import given, settings
from servers import pubsub as emulator
from servers.process import Server, running
from servers.service import logged, read_back
from servers.waiting import eventually

from llmlog import Logger
from llmlog.encoding import loads
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog.testing.strategies import payloads
from llmlog_pubsub import Settings, encode

TOPIC = "/v1/projects/fake/topics/calls"
SUBSCRIPTION = "/v1/projects/fake/subscriptions/reader"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve Google's emulator."""
    with running(emulator.launch(), tmp_path_factory.mktemp("pubsub")) as started:
        yield started


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    """Return a client of an emulator without topics."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        client.delete(SUBSCRIPTION)
        client.delete(TOPIC)
        yield client


def logger(url: str, **options: Any) -> Logger:
    values = {"project": "fake", "topic": "calls", "endpoint": url, "batch_age_s": 60.0, **options}
    return Logger(plugins=["pubsub"], environ={}, file=False, plugin={"pubsub": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(60).complete, made.stats()


def pulled(api: httpx.Client, count: int) -> list[dict[str, Any]]:
    """Pull messages until there are so many."""
    found: dict[str, dict[str, Any]] = {}

    def more() -> int:
        answer = api.post(f"{SUBSCRIPTION}:pull", json={"maxMessages": 100}).json()
        for each in answer.get("receivedMessages", ()):
            found[each["message"]["messageId"]] = each["message"]
            api.post(f"{SUBSCRIPTION}:acknowledge", json={"ackIds": [each["ackId"]]})
        return len(found)

    eventually(more, lambda so_far: so_far >= count, seconds=60)
    return list(found.values())


@pytest.mark.server
@pytest.mark.parametrize("ordered", [False, True])
def test_what_was_published_is_pulled(server: Server, api: httpx.Client, ordered: bool) -> None:
    api.put(TOPIC).raise_for_status()
    wanted = {"topic": TOPIC[4:], "enableMessageOrdering": ordered}
    api.put(SUBSCRIPTION, json=wanted).raise_for_status()
    log(logger(server.url, ordered=ordered), *SAMPLES)
    found = pulled(api, len(SAMPLES))
    made = {
        each["attributes"]["llmlog-id"]: read_back(base64.b64decode(each["data"])) for each in found
    }
    assert made == {sample(name).id: logged(name) for name in SAMPLES}
    assert {each.get("orderingKey") for each in found} == (
        {sample(name).trace_id for name in SAMPLES} if ordered else {None}
    )


@pytest.mark.server
def test_a_missing_topic_keeps_the_events(server: Server, api: httpx.Client) -> None:
    made = logger(server.url)
    made.log(sample())
    made.flush(0.1)
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=60)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "404" in (stats.last_error or "")
    api.put(TOPIC).raise_for_status()
    made.close(30)
    assert made.stats()[-1].delivered == 1


def schema() -> dict[str, Any]:
    """Return Google's description of the API as a JSON schema."""
    documents = files(googleapiclient) / "discovery_cache" / "documents"
    found = loads((documents / "pubsub.v1.json").read_bytes())["schemas"]
    for each in found.values():
        each["additionalProperties"] = False
    text = str(found).replace("'$ref': '", "'$ref': '#/schemas/")
    return {"schemas": ast.literal_eval(text), "$ref": "#/schemas/PublishRequest"}


@given(payloads())
@settings(max_examples=30, deadline=None)
def test_googles_description_knows_every_field(payload: Any) -> None:
    made = encode(Settings(project="p", topic="t", ordered=True), [payload])
    jsonschema.Draft4Validator(SCHEMA).validate(loads(made.content))


SCHEMA = schema()


def test_the_emulators_variable_is_read() -> None:
    made = Settings(project="p", topic="t", emulator_host="localhost:8085")
    assert encode(made, [sample()]).url == "http://localhost:8085/v1/projects/p/topics/t:publish"


def test_a_reply_with_too_few_ids_loses_nothing() -> None:
    first, second = (Answer(content=b'{"messageIds": ["1"]}'),
                     Answer(content=b'{"messageIds": ["1", "2"]}'))  # fmt: skip
    with ScriptedEndpoint(first, default=second) as endpoint, logger(endpoint.url) as made:
        made.log(sample("chat"))
        made.log(sample("failure"))
        assert made.flush(30).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.retried) == (2, 0, 1)
