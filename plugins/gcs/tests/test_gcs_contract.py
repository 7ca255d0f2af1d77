"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import ExporterContract
from llmlog_gcs import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"bucket": "calls", "endpoint": "{url}", "gzip": False}
