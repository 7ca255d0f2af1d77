"""Events and requests against the vendor's own client."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import posthog
import posthog.ai
import pytest
from attrs import evolve
from posthog.consumer import AI_MAX_MSG_SIZE, MAX_MSG_SIZE
from posthog.request import AI_EVENTS_ENDPOINT

from llmlog.exporter import limits_of
from llmlog.testing import SAMPLES, Answer, Received, ScriptedEndpoint, sample
from llmlog_posthog import Settings, encode, event, exporter

SETTINGS = Settings(project_key="phc_fake")
MACHINE = ("$python_runtime", "$python_version", "$os", "$os_version", "$os_distro",
           "$lib", "$lib_version", "$is_server")  # fmt: skip


def sent_by_the_vendor(path: str, events: list[Any]) -> tuple[str, Received]:
    """Return the address and the request of the vendor's client for some events."""
    with ScriptedEndpoint(default=Answer(content=b'{"status":"Ok"}')) as endpoint:
        client: Any = posthog.Posthog("phc_fake", host=endpoint.url)
        capture = client.capture_ai if path == AI_EVENTS_ENDPOINT else client.capture
        for made in events:
            time = datetime.fromisoformat(made["timestamp"])
            capture(made["event"], distinct_id=made["distinct_id"], timestamp=time,
                    uuid=made["uuid"], properties=made["properties"])  # fmt: skip
        client.shutdown()
        return endpoint.url, endpoint.requests[0]


@pytest.mark.parametrize("path", [AI_EVENTS_ENDPOINT, "/batch/"])
def test_the_vendors_client_sends_the_same(path: str) -> None:
    batch = [sample(name) for name in SAMPLES]
    host, theirs = sent_by_the_vendor(path, [event(payload) for payload in batch])
    ours = encode(evolve(SETTINGS, host=host, path=path), batch)
    assert ours.url == host + theirs.path
    assert ours.headers["content-type"] == theirs.headers["content-type"]
    body, expected = json.loads(ours.content), theirs.json()
    assert body["api_key"] == expected["api_key"]
    assert set(expected) - set(body) == {"sent_at", "historical_migration"}
    assert without_machine(body) == without_machine(expected)


def without_machine(body: Any) -> list[Any]:
    """Leave out what the vendor's client says of the machine, and read the times."""
    return [
        {**made, "timestamp": datetime.fromisoformat(made["timestamp"]),
         "properties": {k: v for k, v in made["properties"].items() if k not in MACHINE}}
        for made in body["batch"]
    ]  # fmt: skip


def test_the_default_address_is_that_for_ai_events() -> None:
    assert encode(SETTINGS, [sample()]).url == f"https://us.i.posthog.com{AI_EVENTS_ENDPOINT}"


def test_the_limits_are_the_vendors() -> None:
    large, small = (limits_of(exporter, evolve(SETTINGS, path=path))
                    for path in (AI_EVENTS_ENDPOINT, "/batch/"))  # fmt: skip
    assert (large.event_bytes, small.event_bytes) == (AI_MAX_MSG_SIZE, MAX_MSG_SIZE)
    assert (large.bytes, small.bytes) == (AI_MAX_MSG_SIZE, MAX_MSG_SIZE)


def test_every_property_of_its_own_is_one_that_the_vendor_captures() -> None:
    folder = Path(posthog.ai.__file__).parent
    known = "".join(path.read_text() for path in folder.rglob("*.py"))
    made = {key for name in SAMPLES for key in event(sample(name))["properties"]}
    unknown = {key for key in made if key.startswith("$ai_") and f'"{key}"' not in known}
    assert unknown <= DOCUMENTED


DOCUMENTED = {
    "$ai_stream", "$ai_input_cost_usd", "$ai_output_cost_usd", "$ai_session_id",
    "$ai_prompt_name", "$ai_prompt_version", "$ai_input_state", "$ai_time_to_first_token",
}  # fmt: skip
"""Those that the SDK's wrappers do not write, but the pages on manual capture list."""


def test_a_call_without_a_user_makes_no_person() -> None:
    made = event(evolve(sample(), user_id=None))
    assert made["distinct_id"] == sample().trace_id
    assert made["properties"]["$process_person_profile"] is False
    assert "$process_person_profile" not in event(sample())["properties"]


def test_failures_and_spans_say_what_they_are() -> None:
    failed = event(sample("failure"))["properties"]
    assert (failed["$ai_is_error"], failed["$ai_http_status"]) == (True, 429)
    assert event(sample("bare"))["event"] == "$ai_span"
    assert event(sample("embedding"))["event"] == "$ai_embedding"
