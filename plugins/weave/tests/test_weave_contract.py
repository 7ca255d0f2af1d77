"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import OTLPContract
from llmlog_weave import exporter


class TestContract(OTLPContract):
    """Spans of one project."""

    exporter = exporter
    settings = {"api_key": "fake-key", "entity": "team", "project": "shop", "base_url": "{url}"}
