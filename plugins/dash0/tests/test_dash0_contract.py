"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_dash0 import exporter


class TestContract(OTLPContract):
    """GenAI spans of one dataset."""

    exporter = exporter
    settings = {"endpoint": "{url}", "auth_token": "auth_fake", "dataset": "shop"}
