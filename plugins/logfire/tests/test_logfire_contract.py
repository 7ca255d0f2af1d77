"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_logfire import exporter


class TestContract(OTLPContract):
    """GenAI spans of one project."""

    exporter = exporter
    settings = {"token": "pylf_v1_us_fake", "base_url": "{url}"}
