"""What every plugin promises."""

from __future__ import annotations

from typing import Any

import pytest

from llmlog.testing import HookContract
from llmlog_console import exporter


class TestContract(HookContract):
    """The contract."""

    exporter = exporter
    settings = {"preview": 40, "color": "never"}
    previews = True

    @pytest.fixture(autouse=True)
    def screen(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys, self.printed = capsys, ""

    def shown(self, plugin: Any) -> str:
        self.printed += self.capsys.readouterr().err
        return self.printed

    @pytest.mark.xfail(strict=True, reason="a process has one standard error")
    def test_two_of_them_share_nothing(self, place: str) -> None:
        super().test_two_of_them_share_nothing(place)


class TestJSON(TestContract):
    """The contract, with whole records."""

    settings = {"format": "json"}
    previews = False
