"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import ExporterContract
from llmlog_azure_sentinel import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"endpoint": "{url}", "rule_id": "dcr-fake", "token": "fake-token"}
