"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import Answer, ExporterContract
from llmlog_athina import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}"}
    accepted = Answer(status=201, content=b'{"status":"success"}')
