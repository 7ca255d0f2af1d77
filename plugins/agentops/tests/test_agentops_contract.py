"""What every plugin promises, against an endpoint that makes tokens and takes spans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llmlog.testing import ClientContract
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog_agentops import exporter


class TestContract(ClientContract):
    """Spans of one project."""

    exporter = exporter
    settings = {"api_key": "fake-key", "api_endpoint": "{url}", "exporter_endpoint": "{url}"}
    backend: ScriptedEndpoint

    @pytest.fixture
    def place(self) -> Iterator[str]:
        """Serve both addresses; an OTLP client passes over a token in a reply."""
        default = Answer(content=b'{"token":"fake-token"}')
        with ScriptedEndpoint(default=default) as self.backend:
            yield self.backend.url

    def everything(self, place: str) -> str:
        """Return the bodies of all spans, whose texts are in them as they are."""
        bodies = [each.content for each in self.backend.requests if each.path == "/v1/traces"]
        return b"".join(bodies).decode(errors="replace")
