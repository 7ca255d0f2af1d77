"""What the tests share: real clients, a server on loopback, bodies of the Gemini API."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from google import genai
from google.genai import types

from llmlog import Logger
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog.testing.wire import event, event_answer, json_answer

USAGE = {"promptTokenCount": 1020, "cachedContentTokenCount": 1000, "candidatesTokenCount": 5,
         "thoughtsTokenCount": 4, "totalTokenCount": 1029}  # fmt: skip
CALL = {"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}}}


def body(*parts: Any, end: str | None = "STOP", **more: Any) -> dict[str, Any]:
    """Return a response with one candidate."""
    candidate = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
    if end:
        candidate["finishReason"] = end
    return {"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r-1",
            **more}  # fmt: skip


STREAM = [body({"text": "Hm.", "thought": True}, end=None), body({"text": "Hel"}, end=None),
          body({"text": "lo"}, usageMetadata=USAGE)]  # fmt: skip


def make(url: str, timeout_s: float = 30.0, **options: Any) -> Any:
    """Return a client of a server on this machine, that tries once."""
    http = types.HttpOptions(base_url=url, timeout=int(timeout_s * 1000))
    return genai.Client(api_key="fake-key-of-a-test", http_options=http, **options)


@pytest.fixture
def wire() -> SimpleNamespace:
    """Return makers of answers, and bodies."""
    return SimpleNamespace(
        json=json_answer, events=event_answer, event=event, body=body, usage=USAGE, call=CALL,
        stream=STREAM, make=make, answer=body({"text": "Hello"}, usageMetadata=USAGE),
    )  # fmt: skip


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what a Logger of its own records; `records.logger` is the Logger."""
    made = Records()
    made.logger = Logger(plugins=[made], environ={}, file=False)
    yield made
    made.logger.close(1)


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Answer as a test says."""
    with ScriptedEndpoint() as served:
        yield served


@pytest.fixture
def client(endpoint: ScriptedEndpoint, records: Records) -> Any:
    """Return a wrapped client."""
    assert records.logger is not None
    return records.logger.wrap(make(endpoint.url))
