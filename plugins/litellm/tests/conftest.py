"""LiteLLM, which takes many seconds to import, with our callback and nobody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from llmlog import Logger
from llmlog.testing.records import Records

_LISTS = ("callbacks", "success_callback", "failure_callback", "_async_success_callback",
          "_async_failure_callback", "input_callback")  # fmt: skip


@pytest.fixture(scope="session")
def litellm() -> Any:
    """Import LiteLLM, with the price table that it brings along."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    return litellm


@pytest.fixture
def records(litellm: Any) -> Iterator[Records]:
    """Return the records of a Logger that LiteLLM's calls go to."""
    from llmlog_litellm import Callback

    made = Records()
    before = {name: list(getattr(litellm, name)) for name in _LISTS}
    with Logger(plugins=[made], environ={}, file=False) as logger:
        made.logger = logger
        litellm.callbacks = [Callback(logger)]
        yield made
        for name, value in before.items():
            setattr(litellm, name, value)
