"""What Logfire's own SDK reads in a span: its console shows message and level."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servers.environment import Environment
from servers.judge import Judge

from llmlog import Payload, Secret
from llmlog.otlp import call_name
from llmlog.testing.otlp import spans
from llmlog.testing.samples import SAMPLES, sample
from llmlog_logfire import Settings, exporter

pytestmark = pytest.mark.server

CONSOLE = Judge(Environment("logfire", ("logfire==5.4.0",)),
                Path(__file__).parent / "judge" / "console.py")  # fmt: skip
SETTINGS = Settings(token=Secret("pylf_v1_us_fake"))
BAD = {"warn": ("failure", "aborted", "blocked"), "error": ("failure",)}


def body() -> bytes:
    """Return a request with every sample."""
    return exporter.encode(SETTINGS, [sample(name) for name in SAMPLES]).content


@cache
def read() -> Any:
    """Return what the SDK makes of it."""
    return CONSOLE(body())


def lines(level: str) -> list[str]:
    return sorted(line.strip() for line in read()["shown"][level] if line.strip())


def line(payload: Payload) -> str:
    """Return what the console shows of a call: its message and its tags."""
    tags = f" [{','.join(payload.tags)}]" if payload.tags else ""
    return f"{call_name(payload)}{tags}"


def test_every_call_is_a_line_with_its_message_and_tags():
    assert lines("info") == sorted(map(line, map(sample, SAMPLES)))


@pytest.mark.parametrize("level", BAD)
def test_levels_are_those_that_the_sdk_filters_by(level):
    bad = [payload for payload in map(sample, SAMPLES) if payload.status in BAD[level]]
    assert lines(level) == sorted(map(line, bad))


def test_names_of_its_own_are_those_of_the_sdk():
    sent = {name for made in spans(body()) for name in made["attributes"]}
    assert {name for name in sent if name.startswith("logfire.")} <= set(read()["names"])
