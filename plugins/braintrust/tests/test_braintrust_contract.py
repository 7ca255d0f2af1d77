"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import Answer, ExporterContract
from llmlog_braintrust import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "fake-key", "project_id": "project-fake", "url": "{url}"}
    accepted = Answer(content=b'{"row_ids":[]}')
