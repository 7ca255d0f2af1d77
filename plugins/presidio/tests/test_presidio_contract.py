"""What every plugin promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmlog.testing import PluginContract
from llmlog_presidio import exporter


class TestContract(PluginContract):
    """The contract; it delivers nothing, so that packaging and settings are all of it."""

    exporter = exporter

    @pytest.fixture(autouse=True)
    def _model(self, model: Path) -> None:
        self._folder = str(model)

    def values(self, place: str) -> dict[str, Any]:
        return {**super().values(place), "model": self._folder}
