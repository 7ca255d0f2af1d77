"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_traceloop import exporter


class TestContract(OTLPContract):
    """OpenLLMetry for one environment."""

    exporter = exporter
    settings = {"api_key": "fake-key", "base_url": "{url}", "headers": "x-own=fake-own"}
