"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_deepeval import exporter


class TestContract(OTLPContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "confident_us_fake", "endpoint": "{url}/v1/traces"}
