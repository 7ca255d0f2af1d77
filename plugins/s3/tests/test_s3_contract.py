"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import PluginContract
from llmlog_s3 import exporter


class TestContract(PluginContract):
    """The contract."""

    exporter = exporter
    settings = {
        "bucket": "calls", "endpoint_url": "{url}", "region": "eu-west-1",
        "access_key_id": "AKIAFAKE", "secret_access_key": "fake-secret-key",
    }  # fmt: skip
