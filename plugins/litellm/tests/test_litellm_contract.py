"""The promises of every bridge; LiteLLM takes many seconds to import."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from llmlog import Logger
from llmlog.testing import BridgeContract

ASK: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}
_LIMIT_S = 60.0


@pytest.mark.server
class TestContract(BridgeContract):
    name = "litellm"

    def connect(self, logger: Logger) -> Any:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        import litellm

        from llmlog_litellm import Callback

        self.logger = logger
        litellm.callbacks = [Callback(logger)]
        return litellm

    def disconnect(self, connected: Any) -> None:
        for name in ("callbacks", "success_callback", "failure_callback",
                     "_async_success_callback", "_async_failure_callback"):  # fmt: skip
            setattr(connected, name, [])

    def ask(self, connected: Any) -> Any:
        before = self.told()
        connected.completion(**ASK, mock_response="Hello")
        self.until_told(before)

    def fail(self, connected: Any) -> Any:
        before = self.told()
        try:
            connected.completion(**ASK, mock_response=Exception("no"))
        finally:
            self.until_told(before)

    def told(self) -> int:
        return self.logger.stats()[0].accepted

    def until_told(self, before: int) -> None:
        """Wait until LiteLLM, which tells on a thread of its own, has told of the call."""
        end_s = time.monotonic() + _LIMIT_S
        while self.told() == before and time.monotonic() < end_s:
            time.sleep(0.02)
