"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_newrelic import exporter


class TestContract(OTLPContract):
    """GenAI spans of one account."""

    exporter = exporter
    settings = {"endpoint": "{url}", "license_key": "fake-key"}
