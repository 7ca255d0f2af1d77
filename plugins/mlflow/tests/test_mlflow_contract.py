"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_mlflow import exporter


class TestContract(OTLPContract):
    """Spans of one experiment."""

    exporter = exporter
    settings = {"tracking_uri": "{url}", "experiment_id": "7", "token": "fake-key"}
