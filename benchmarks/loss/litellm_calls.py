"""Calls through LiteLLM with one of its own batch loggers; see `delivery.py`."""

from __future__ import annotations

import asyncio
import os
import sys

from ending import end, pace

url, kind, calls, rate, live_s, ending = sys.argv[1:]
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "POSTHOG_API_KEY": "fake-key",
               "POSTHOG_API_URL": url}  # fmt: skip
import litellm  # noqa: E402
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger  # noqa: E402


async def main() -> None:
    """Make the calls, and live on for a while."""
    litellm.callbacks = ["posthog"] if kind == "posthog" else [GenericAPILogger(endpoint=url)]
    async for number in pace(int(calls), float(rate)):
        await litellm.acompletion(
            model="gpt-4o-mini", mock_response="ok",
            messages=[{"role": "user", "content": f"event-{number}."}],
        )  # fmt: skip
    await asyncio.sleep(float(live_s))
    end(ending)


asyncio.run(main())
