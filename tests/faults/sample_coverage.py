"""A client that asks over HTTP, and a sound instrumentor for it, for faults to break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from llmlog import Logger

MESSAGES = [{"role": "user", "content": "Hi"}]


class Model:
    """Asks a server, once."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self.http = httpx.Client(base_url=url, timeout=timeout_s)

    def ask(self) -> Any:
        reply = self.http.post("/chat", json={"model": "m"})
        reply.raise_for_status()
        return reply.json()

    def stream(self) -> Iterator[Any]:
        with self.http.stream("POST", "/chat", json={"model": "m"}) as reply:
            for line in reply.iter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line.removeprefix("data: "))


class Instrumentor:
    """Wraps one client."""

    name = "sample-coverage"
    packages = ("sample_coverage",)

    def wrap(self, client: Any, logger: Logger) -> Any:
        ask, stream = client.ask, client.stream

        def recorded_ask() -> Any:
            with logger.call(kind="chat", model="m", messages=MESSAGES, stream=False) as call:
                return call.finish(ask())

        def recorded_stream() -> Any:
            call = logger.start_call(kind="chat", model="m", messages=MESSAGES, stream=True)
            return call.stream(stream())

        client.ask, client.stream = recorded_ask, recorded_stream
        return client


instrumentor = Instrumentor()
