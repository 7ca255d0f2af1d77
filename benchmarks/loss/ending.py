"""What the programs share: a rate, and how they end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator


async def pace(calls: int, rate: float) -> AsyncIterator[int]:
    """Yield the numbers of calls, `rate` of them a second."""
    began = time.monotonic()
    for number in range(calls):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield number


def end(how: str) -> None:
    """Return for `exit`; else send this process SIGTERM or SIGKILL."""
    if how != "exit":
        os.kill(os.getpid(), signal.SIGTERM if how == "term" else signal.SIGKILL)
        time.sleep(60)
