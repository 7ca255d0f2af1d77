"""What every plugin promises."""

from __future__ import annotations

import pytest

from llmlog import Secret
from llmlog.testing import ExporterContract
from llmlog_argilla import Settings, exporter

DATASET = "5b1d3a0e-0000-4000-8000-000000000001"


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {
        "api_key": "fake-key", "dataset_id": DATASET, "url": "{url}",
        "properties": ["model", "cost", "order", "tags"],
    }  # fmt: skip


def test_a_field_from_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="the sources are messages"):
        Settings(api_key=Secret("k"), dataset_id=DATASET, fields={"text": "words"})
