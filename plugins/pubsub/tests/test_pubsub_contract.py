"""What every plugin promises."""

from __future__ import annotations

import base64
from typing import Any

from llmlog import Request
from llmlog.encoding import loads
from llmlog.testing import ExporterContract
from llmlog_pubsub import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"project": "fake", "topic": "calls", "endpoint": "{url}", "ordered": True}

    def readable(self, request: Request) -> Any:
        """Return the messages with their data in plain sight."""
        messages = loads(request.content)["messages"]
        return [{**each, "data": loads(base64.b64decode(each["data"]))} for each in messages]
