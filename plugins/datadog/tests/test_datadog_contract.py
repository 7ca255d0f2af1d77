"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import Answer, ExporterContract
from llmlog_datadog import exporter


class TestContract(ExporterContract):
    """Logs for one organization."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}", "tags": ["team:checkout"]}
    accepted = Answer(status=202, content=b"{}")
