"""What every plugin promises, under both names of the vendor."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_galileo import exporter


class TestContract(OTLPContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}", "project": "shop"}


class TestSplunk(OTLPContract):
    """The contract, under the new name."""

    exporter = exporter
    golden = "splunk_ao"
    settings = {**TestContract.settings, "brand": "splunk_ao"}
