"""What every plugin promises, and every plugin that delivers alerts."""

from __future__ import annotations

from llmlog.testing import AlertContract, Answer
from llmlog_sendgrid import exporter


class TestContract(AlertContract):
    """The contract."""

    exporter = exporter
    settings = {
        "api_key": "SG.fake", "sender": "alerts@example.com", "url": "{url}",
        "to": ["ops@example.com", "dev@example.com"],
    }  # fmt: skip
    accepted = Answer(status=202, content=b"", headers={"x-message-id": "fake"})
