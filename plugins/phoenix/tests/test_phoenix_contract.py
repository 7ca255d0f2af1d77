"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_phoenix import exporter


class TestContract(OTLPContract):
    """OpenInference for one project."""

    exporter = exporter
    settings = {"endpoint": "{url}", "api_key": "fake-key", "client_headers": "x-own=fake-own"}
