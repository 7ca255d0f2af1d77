"""Phoenix itself takes the spans, understands them, and keeps one copy of each."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve
from servers import phoenix
from servers.process import Server
from servers.waiting import eventually

from llmlog import Payload
from llmlog.logger import Logger
from llmlog.testing.contract import lane_stats
from llmlog.testing.samples import SAMPLES, sample

pytestmark = pytest.mark.server


def fresh(*names: str) -> list[Payload]:
    """Return samples in a trace of their own."""
    trace_id = uuid4().hex
    return [
        evolve(sample(name), id=str(uuid4()), trace_id=trace_id, span_id=uuid4().hex[:16])
        for name in names or SAMPLES
    ]


def deliver(server: Server, project: str, payloads: list[Payload]) -> None:
    """Send through the whole of llmlog; all must arrive."""
    own = {"endpoint": server.url, "project": project}
    with Logger(plugins=["phoenix"], environ={}, file=False, plugin={"phoenix": own}) as logger:
        for payload in payloads:
            logger.log(payload)
        assert logger.flush(30).complete
        stats = lane_stats(logger)
    assert (stats.delivered, stats.lost) == (len(payloads), 0), stats.last_error


def stored(server: Server, project: str, count: int) -> dict[str, Any]:
    """Return the spans of a project by span id, once there are as many."""
    found = eventually(lambda: phoenix.spans(server, project), lambda spans: len(spans) >= count)
    assert len(found) == count
    return {span["context"]["span_id"]: span for span in found}


@pytest.fixture
def project() -> str:
    """Return the name of a project of the test's own."""
    return f"project-{uuid4().hex}"


def test_every_sample_is_stored_and_typed(phoenix_server: Server, project: str) -> None:
    payloads = fresh()
    deliver(phoenix_server, project, payloads)
    found = stored(phoenix_server, project, len(payloads))
    kinds = {name: found[payload.span_id]["span_kind"]
             for name, payload in zip(SAMPLES, payloads, strict=True)}  # fmt: skip
    assert kinds["chat"] == kinds["failure"] == "LLM"
    assert (kinds["embedding"], kinds["bare"]) == ("EMBEDDING", "TOOL")


def test_it_understands_a_call(phoenix_server: Server, project: str) -> None:
    payloads = fresh("tools", "media", "failure")
    deliver(phoenix_server, project, payloads)
    found = stored(phoenix_server, project, 3)
    tools, media, failure = (found[payload.span_id] for payload in payloads)
    said = tools["attributes"]
    assert tools["name"] == "greet"
    assert said["llm.model_name"] == "gpt-4o-mini-2024-07-18"
    assert (said["llm.token_count.prompt"], said["llm.token_count.completion"]) == (24, 7)
    assert said["llm.cost.total"] == 0.0078
    assert (said["session.id"], said["user.id"]) == ("session-1", "user-1")
    assert said["input.value"] == "Weather in Oslo and Rome?"
    call = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
    assert json.loads(said[f"{call}.arguments"]) == {"city": "Rome"}
    image = "llm.input_messages.0.message.contents.1.message_content.image.image.url"
    assert media["attributes"][image] == "data:image/png;base64,iVBORw0KGgo="
    assert failure["status_code"] == "ERROR"
    assert [event["name"] for event in failure["events"]][-1] == "exception"


def test_what_is_sent_again_is_there_once(phoenix_server: Server, project: str) -> None:
    payloads = fresh("chat")
    deliver(phoenix_server, project, payloads)
    deliver(phoenix_server, project, payloads)
    last = fresh("bare")
    deliver(phoenix_server, project, last)
    assert set(stored(phoenix_server, project, 2)) == {payloads[0].span_id, last[0].span_id}
