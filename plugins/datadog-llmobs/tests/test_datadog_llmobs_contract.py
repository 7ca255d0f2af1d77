"""What every plugin promises, to the intake and through an agent."""

from __future__ import annotations

import pytest

from llmlog.testing import Answer, ExporterContract
from llmlog_datadog_llmobs import Settings, exporter

ACCEPTED = Answer(status=202, content=b"")


class TestIntake(ExporterContract):
    """The public API."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}", "ml_app": "shop"}
    accepted = ACCEPTED


class TestAgent(ExporterContract):
    """An agent's proxy."""

    exporter = exporter
    golden = "agent"
    settings = {"api_key": "fake-key", "agent_url": "{url}", "ml_app": "shop"}
    accepted = ACCEPTED


def test_without_a_key_and_an_agent_there_is_no_way_in() -> None:
    with pytest.raises(ValueError, match="DD_API_KEY"):
        Settings()
