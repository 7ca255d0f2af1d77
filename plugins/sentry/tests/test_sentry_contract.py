"""What every plugin promises."""

from __future__ import annotations

from typing import Any

import pytest

from llmlog import Secret, SettingsError
from llmlog.testing import OTLPContract
from llmlog_sentry import Settings, exporter


class TestContract(OTLPContract):
    """The contract."""

    exporter = exporter
    settings = {"dsn": "{url}/42"}

    def values(self, place: str) -> dict[str, Any]:
        return {"dsn": place.replace("http://", "http://fakekey@") + "/42"}


@pytest.mark.parametrize("dsn", ["", "fakekey", "https://sentry.example/42", "https://k@host/"])
def test_what_is_no_dsn_is_refused(dsn: str) -> None:
    with pytest.raises((ValueError, SettingsError), match="client keys"):
        Settings(dsn=Secret(dsn))
