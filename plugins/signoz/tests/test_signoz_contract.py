"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_signoz import exporter


class TestContract(OTLPContract):
    """GenAI spans, with a key."""

    exporter = exporter
    settings = {"endpoint": "{url}", "ingestion_key": "fake-key"}
