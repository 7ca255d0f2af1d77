"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import ExporterContract
from llmlog_helicone import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}"}
