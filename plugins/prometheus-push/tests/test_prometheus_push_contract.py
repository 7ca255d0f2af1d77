"""What every plugin promises that takes records.

Sums hold no ids, so the clauses that look for each record at its destination have no meaning here;
what they are about is in the other file.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.contract.manners import MannersContract
from llmlog_prometheus_push import exporter


class TestRemoteWrite(MannersContract):
    """Remote write."""

    exporter = exporter
    settings = {"url": "{url}/api/v1/write", "token": "fake-token"}

    @pytest.fixture
    def place(self) -> Iterator[str]:
        with ScriptedEndpoint(default=Answer(status=204, content=b"")) as endpoint:
            yield endpoint.url


class TestPushgateway(TestRemoteWrite):
    """A Pushgateway."""

    settings = {"url": "{url}", "protocol": "pushgateway", "username": "u", "password": "fake-pass"}
