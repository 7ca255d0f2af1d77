"""Calls recorded by llmlog, with an exporter over HTTP; see `delivery.py`."""

from __future__ import annotations

import asyncio
import sys
import time

from attrs import frozen
from ending import end, pace

from llmlog import HTTPExporter, Limits, Request
from llmlog.logger import Logger

url, mode, calls, rate, live_s, ending, directory = sys.argv[1:]


@frozen
class Settings:
    """Nothing: the address is an argument."""


exporter = HTTPExporter(
    name="sink", settings=Settings, limits=Limits(events=100, age_s=1.0),
    encode=lambda _, batch: Request.json(url, [payload.input_messages[0].parts[0].content
                                               for payload in batch]),
)  # fmt: skip
keep = {} if mode == "memory" else {"directory": directory}
logger = Logger(plugins=[exporter], file=False, mode=mode, **keep)


async def main() -> None:
    """Make the calls, and live on for a while."""
    async for number in pace(int(calls), float(rate)):
        messages = [{"role": "user", "content": f"event-{number}."}]
        with logger.call(model="gpt-4o-mini", messages=messages) as call:
            call.finish("ok")
    await asyncio.sleep(float(live_s))
    end(ending)


if ending == "adopt":
    logger.adopt()
    end_s = time.monotonic() + 60
    while not logger.flush(1).complete and time.monotonic() < end_s:
        time.sleep(0.1)
else:
    asyncio.run(main())
