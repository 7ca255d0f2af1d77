"""What every plugin promises."""

from __future__ import annotations

import json
from typing import Any

from llmlog import Request
from llmlog.testing import OTLPContract
from llmlog.testing.endpoint import Answer
from llmlog_langtrace import exporter


class TestContract(OTLPContract):
    """Spans of one project."""

    exporter = exporter
    settings = {"api_key": "fake-key", "host": "{url}"}
    accepted = Answer(content=b'{"message":"Traces added successfully"}')

    def readable(self, request: Request) -> Any:
        """Return the only span of a request, and its resource."""
        (group,) = json.loads(request.content)["resourceSpans"]
        return group
