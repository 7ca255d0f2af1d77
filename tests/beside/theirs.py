"""LiteLLM's side: the calls with one of its callbacks; run with an environment of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from http.client import HTTPConnection
from typing import Any

import litellm
from litellm.litellm_core_utils.custom_logger_registry import CustomLoggerRegistry

from beside.call import COUNT, HOST, MODEL, PARAMETERS, messages, metadata, tools, word
from beside.redirect import each_alone

PAIRS = json.loads(os.environ["BESIDE_PAIRS"])
PATIENCE_S, QUIET_S = 30.0, 3.0
"""How long its batches may take to leave, and how long it is still when they have left."""


def told(case: str) -> dict[str, Any]:
    """Return the facts of a call beside the request, under each name that it documents for them."""
    session, user, tag = (word(fact, case) for fact in ("session", "user", "tag"))
    return {
        **metadata(case), "session_id": session, "tags": [tag], "pl_tags": [tag],
        "trace_user_id": user, "user_api_key_user_id": user, "user_id": user, "customer_user_id": user,
        "opik": {"tags": [tag], "thread_id": session},
    }  # fmt: skip


async def call(case: str) -> None:
    """Make one call."""
    identity, start = word("identity", case), time.time()
    try:
        answer = await litellm.acompletion(
            model=f"openai/{MODEL}", messages=messages(case), tools=tools(case), **PARAMETERS,
            user=word("user", case), metadata=told(case), stream=case == "stream", max_retries=0,
            litellm_call_id=identity, api_base=f"http://{HOST}/v1", api_key="sk-fake",
            **({"stream_options": {"include_usage": True}} if case == "stream" else {}),
        )  # fmt: skip
        if case == "stream":
            async for _ in answer:
                pass
    except litellm.BadRequestError:
        pass
    sys.stdout.write(f"@{json.dumps([start, time.time(), identity])}\n")


def register(callback: str, module: dict[str, Any]) -> None:
    """Ask for an integration, as its documentation says."""
    for name, value in module.items():
        setattr(litellm, name, value)
    if callback in CustomLoggerRegistry.CALLBACK_CLASS_STR_TO_CLASS_TYPE:
        litellm.callbacks = [callback]
    else:
        litellm.success_callback, litellm.failure_callback = [callback], [callback]


async def watched(callback: str, case: str, port: int) -> None:
    """Make a call, and wait until what there is to send is sent."""
    register(callback, PAIRS[callback].get("module", {}))
    await call(case)
    if callback == "prometheus":
        await asyncio.sleep(QUIET_S)
        show_metrics(port)
    await quiet(port)


async def quiet(port: int) -> None:
    """Wait until something arrived and nothing follows."""
    before, since, end = 0, time.monotonic(), time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        await asyncio.sleep(0.5)
        if (now := arrived(port)) != before:
            before, since = now, time.monotonic()
        if before and time.monotonic() - since > QUIET_S:
            return


def arrived(port: int) -> int:
    """Return how many requests the recorder has."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": COUNT})
    return int(connection.getresponse().read())


def show_metrics(port: int) -> None:
    """Send what its metrics say to the recorder, as a scrape would read it."""
    import httpx
    from prometheus_client import generate_latest

    httpx.post(f"http://127.0.0.1:{port}/", content=generate_latest())


def one(name: str, case: str, port: int) -> None:
    """Make one call with one integration."""
    os.environ.update(PAIRS[name].get("environ", {}))
    asyncio.run(watched(name, case, port))
    from opentelemetry import trace

    getattr(trace.get_tracer_provider(), "force_flush", lambda: None)()


if __name__ == "__main__":
    each_alone(json.loads(sys.argv[1]), one, at_once=int(os.environ["BESIDE_AT_ONCE"]))
