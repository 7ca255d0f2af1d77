"""What every plugin promises, in both forms."""

from __future__ import annotations

from llmlog.testing import Answer, ExporterContract
from llmlog_langsmith import exporter


class TestMultipart(ExporterContract):
    """The contract, with parts."""

    exporter = exporter
    golden = None
    settings = {"api_key": "lsv2-fake", "endpoint": "{url}", "workspace_id": "workspace-fake"}
    accepted = Answer(status=202, content=b'{"message":"Runs batch ingested"}')


class TestBatch(TestMultipart):
    """The contract, with arrays."""

    golden = "samples"
    settings = {**TestMultipart.settings, "api": "batch"}
