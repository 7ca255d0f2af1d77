"""LiteLLM's generic API callback, behind its own `acompletion` with a mock response.

LiteLLM records only what it calls itself. With `callback=False` the same call is made without any
callback: the difference is what the callback costs.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from case import Case

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # import looks nothing up

import litellm
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger


class Subject:
    """A completion, and its callback on the same event loop."""

    def __init__(self, url: str, callback: bool = True, bounds: bool = True) -> None:  # noqa: FBT001, FBT002, ARG002
        self._loop = asyncio.new_event_loop()
        self._callback: Any = None
        litellm.callbacks = []
        if callback:
            self._callback = self._loop.run_until_complete(self._made(url))
            litellm.callbacks = [self._callback]

    async def _made(self, url: str) -> GenericAPILogger:
        return GenericAPILogger(endpoint=f"{url}/litellm", batch_size=512, flush_interval=5)

    def record(self, case: Case, mark: str) -> None:
        """Make a call that is recorded, and let the loop do what it has to do for it."""
        self._loop.run_until_complete(self._call(case, mark))

    async def _call(self, case: Case, mark: str) -> None:
        await litellm.acompletion(model="gpt-4o-mini", messages=case.messages, user=mark,
                                  mock_response=case.answer)  # fmt: skip
        await asyncio.sleep(0)

    def flush(self) -> None:
        """Wait until everything is sent."""
        self._loop.run_until_complete(self._flushed())

    async def _flushed(self) -> None:
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

        await GLOBAL_LOGGING_WORKER.flush()
        if self._callback is not None:
            await self._callback.flush_queue()

    def close(self) -> None:
        """Leave the loop to the end of the process."""
