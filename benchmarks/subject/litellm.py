"""LiteLLM's generic API callback, behind its own `acompletion` with a mock response.

LiteLLM records only what it calls itself, and makes its record of a call whether a callback wants
it or not: a call without callbacks costs nearly the same, and is no measure of what logging adds.
So its handler of a success is timed as it runs, on the event loop of the caller. What it prepares
within the call itself is left out, and so is what it does on other threads.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Generator
from typing import Any

from case import Case

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # import looks nothing up

import litellm
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger
from litellm.litellm_core_utils.litellm_logging import Logging

_handler = Logging.async_success_handler


class _Timed:
    """A coroutine, and how long the loop was with it: what it waits for is not counted."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], taken_ns: list[int]) -> None:
        self._coroutine = coroutine
        self._taken_ns = taken_ns

    def __await__(self) -> Generator[Any, Any, Any]:
        spent_ns, answer = 0, None
        while True:
            began = time.perf_counter_ns()
            try:
                asked = self._coroutine.send(answer)
            except StopIteration as end:
                self._taken_ns.append(spent_ns + time.perf_counter_ns() - began)
                return end.value
            spent_ns += time.perf_counter_ns() - began
            answer = yield asked


class Subject:
    """A completion, and its callback on the same event loop."""

    def __init__(self, url: str, bounds: bool = True) -> None:  # noqa: FBT001, FBT002, ARG002
        self.taken_ns: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._callback = self._loop.run_until_complete(self._made(url))
        litellm.callbacks = [self._callback]
        Logging.async_success_handler = self._handled()

    def _handled(self) -> Any:
        async def handler(*args: Any, **kwargs: Any) -> Any:
            return await _Timed(_handler(*args, **kwargs), self.taken_ns)

        return handler

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
        await self._callback.flush_queue()

    def close(self) -> None:
        """Leave the loop to the end of the process."""
