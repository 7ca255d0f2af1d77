"""What the tests share: real clients, a server on loopback, the bodies of Bedrock's reference."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from llmlog import Logger
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog.testing.wire import amazon_event as frame
from llmlog.testing.wire import json_answer

STREAM_TYPE = "application/vnd.amazon.eventstream"
USAGE = {"inputTokens": 20, "outputTokens": 9, "totalTokens": 1329,
         "cacheReadInputTokens": 1000, "cacheWriteInputTokens": 300}  # fmt: skip
CALL = {"toolUse": {"toolUseId": "t-1", "name": "get_weather", "input": {"city": "Oslo"}}}


def make(url: str, timeout_s: float = 30.0, attempts: int = 1) -> Any:
    """Return a client of a server on this machine."""
    config = Config(read_timeout=timeout_s, connect_timeout=5,
                    retries={"total_max_attempts": attempts, "mode": "standard"})  # fmt: skip
    return boto3.client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=config,
        aws_access_key_id="AKIAFAKEFAKEFAKE", aws_secret_access_key="fake-secret-of-a-test",
    )  # fmt: skip


def reply(*content: Any, reason: str = "end_turn") -> dict[str, Any]:
    """Return a response of Converse."""
    return {"output": {"message": {"role": "assistant", "content": list(content)}},
            "stopReason": reason, "usage": USAGE, "metrics": {"latencyMs": 5}}  # fmt: skip


def frames(*events: bytes) -> Answer:
    """Return a whole stream."""
    return Answer(content=b"".join(events), headers={"content-type": STREAM_TYPE})


def delta(index: int, **said: Any) -> bytes:
    """Return a piece of a block."""
    return frame("contentBlockDelta", {"contentBlockIndex": index, "delta": said})


WORDS = [
    frame("messageStart", {"role": "assistant"}),
    delta(0, text="Hel"), delta(0, text="lo"),
    frame("contentBlockStop", {"contentBlockIndex": 0}),
    frame("messageStop", {"stopReason": "end_turn"}),
    frame("metadata", {"usage": USAGE, "metrics": {"latencyMs": 5}}),
]  # fmt: skip


@pytest.fixture
def wire() -> SimpleNamespace:
    """Return makers of answers, and bodies."""
    return SimpleNamespace(make=make, reply=reply, json=json_answer, frame=frame, frames=frames,
                           delta=delta, words=WORDS, usage=USAGE, call=CALL, type=STREAM_TYPE)  # fmt: skip


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
