"""Handing payloads to a plugin's hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from llmlog.delivery.outcome import Delivered
from llmlog.delivery.sender import Answer
from llmlog.fork import IMPORTING
from llmlog.payload import Payload

if TYPE_CHECKING:
    import asyncio


class HookSender:
    """Hands payloads to a plugin's `log_success` and `log_failure`, plain or async."""

    def __init__(self, hooks: Callable[[Payload], Sequence[Callable[..., Any]]]) -> None:
        self._hooks = hooks
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Call the implementations for each payload."""
        for payload in batch:
            for function in self._hooks(payload):
                result = function(payload=payload)
                if inspect.isawaitable(result):
                    self._run(result)
        return Delivered()

    def _run(self, awaitable: Any) -> None:
        if self._loop is None:
            with IMPORTING:
                import asyncio
            self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(_awaited(awaitable))

    def close(self) -> None:
        """End the loop that ran the async implementations."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None


async def _awaited(awaitable: Any) -> None:
    await awaitable
