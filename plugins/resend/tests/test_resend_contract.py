"""What every plugin promises, and every plugin that delivers alerts."""

from __future__ import annotations

from llmlog.testing import AlertContract, Answer
from llmlog_resend import exporter


class TestContract(AlertContract):
    """The contract."""

    exporter = exporter
    settings = {
        "api_key": "re_fake", "sender": "llmlog <alerts@example.com>", "url": "{url}",
        "to": ["ops@example.com", "dev@example.com"],
    }  # fmt: skip
    accepted = Answer(content=b'{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}')
