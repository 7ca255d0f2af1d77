"""The pytest plugin: `llmlog_records`, what an application logged during a test.

It is loaded with every pytest run where llmlog is installed, so it imports nothing until used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from llmlog.testing.records import Records

pytest.register_assert_rewrite("llmlog.testing.contract")


@pytest.fixture
def llmlog_records(monkeypatch: pytest.MonkeyPatch) -> Iterator[Records]:
    """Return the records of a default Logger that writes to memory alone."""
    from llmlog import default
    from llmlog.logger import Logger
    from llmlog.testing.records import Records

    records = Records()
    logger = Logger(plugins=[records], environ={}, file=False)
    records.logger = logger
    monkeypatch.setattr(default, "_default", logger)
    yield records
    logger.close(1)
