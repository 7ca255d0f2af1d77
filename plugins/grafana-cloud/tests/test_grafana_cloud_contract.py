"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_grafana_cloud import exporter


class TestContract(OTLPContract):
    """GenAI spans of one stack."""

    exporter = exporter
    settings = {"endpoint": "{url}/otlp", "instance_id": "123456", "api_key": "glc_fake"}
