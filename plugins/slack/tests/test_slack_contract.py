"""What every plugin promises, and every plugin that delivers alerts."""

from __future__ import annotations

from llmlog.testing import AlertContract, Answer
from llmlog_slack import exporter


class TestContract(AlertContract):
    """The contract."""

    exporter = exporter
    settings = {"webhook_url": "{url}/services/T0/B0/fake"}
    accepted = Answer(content=b"ok")
