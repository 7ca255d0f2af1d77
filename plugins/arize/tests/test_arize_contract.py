"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_arize import exporter


class TestContract(OTLPContract):
    """OpenInference for one space."""

    exporter = exporter
    settings = {"api_key": "fake-key", "space_id": "U3BhY2U6MQ==", "endpoint": "{url}/v1"}
