"""What every plugin promises, and every plugin that delivers alerts."""

from __future__ import annotations

from llmlog.testing import AlertContract, Answer
from llmlog_discord import exporter


class TestContract(AlertContract):
    """The contract."""

    exporter = exporter
    settings = {"webhook_url": "{url}/api/webhooks/1/fake"}
    accepted = Answer(status=204, content=b"")
