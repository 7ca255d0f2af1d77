"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_elastic_otel import exporter


class TestContract(OTLPContract):
    """GenAI spans of one project."""

    exporter = exporter
    settings = {"endpoint": "{url}", "api_key": "fake-key"}
