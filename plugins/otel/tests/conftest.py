"""What the tests of this plugin share: spans, decoded by OpenTelemetry's own messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from llmlog.testing.otlp import Plain, spans


@pytest.fixture
def decode() -> Callable[[bytes], list[Plain]]:
    """Return what reads a binary request: each span as plain data, with its resource."""
    return spans
