"""What every plugin promises, and every plugin that delivers alerts."""

from __future__ import annotations

import pytest

from llmlog.testing import AlertContract, Answer, ScriptedEndpoint
from llmlog_pagerduty import exporter


class TestContract(AlertContract):
    """The contract."""

    exporter = exporter
    settings = {"routing_key": "fake-routing-key", "url": "{url}/v2/enqueue"}
    accepted = Answer(status=202, content=b'{"status":"success","dedup_key":"fake"}')

    @pytest.mark.xfail(strict=True, reason="the API takes the key in the body and nowhere else")
    def test_credentials_travel_in_headers_only(self, endpoint: ScriptedEndpoint) -> None:
        """No credential is in an address or a body."""
        super().test_credentials_travel_in_headers_only(endpoint)

    @pytest.mark.xfail(strict=True, reason="the API takes the key in the body and nowhere else")
    def test_its_credentials_are_in_no_record(
        self, place: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its own credentials arrive nowhere."""
        super().test_its_credentials_are_in_no_record(place, caplog)
