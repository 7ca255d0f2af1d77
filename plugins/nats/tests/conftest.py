"""NATS for the tests that ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import nats
import pytest
from nats.js import JetStreamContext
from servers.absence import program
from servers.process import HOST
from servers.service import Service, serving

T = TypeVar("T")
Ask = Callable[[Callable[[JetStreamContext], Awaitable[T]]], T]


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve NATS with JetStream on disk."""
    command = (
        program("nats", "nats-server", "nats-server"), "-a", HOST, "-p", "{port}", "-js", "-sd",
        "{folder}",
    )  # fmt: skip
    with serving(Service("nats", command, tmp_path_factory.mktemp("nats"))) as service:
        yield service


@pytest.fixture
def ask(nats_server: Service) -> Ask[Any]:
    """Return a function that runs one conversation with an empty JetStream."""

    async def connected(function: Callable[[JetStreamContext], Awaitable[T]]) -> T:
        client = await nats.connect(f"nats://{HOST}:{nats_server.port}")
        try:
            return await function(client.jetstream(timeout=30))
        finally:
            await client.close()

    async def empty(stream: JetStreamContext) -> None:
        for each in await stream.streams_info():
            await stream.delete_stream(each.config.name)

    asyncio.run(connected(empty))
    return lambda function: asyncio.run(connected(function))


@pytest.fixture
def stored(ask: Ask[Any]) -> Callable[[], list[Any]]:
    """Return a function that reads all messages of the stream LLMLOG."""

    async def read(stream: JetStreamContext) -> list[Any]:
        last = (await stream.stream_info("LLMLOG")).state.last_seq
        return [await stream.get_msg("LLMLOG", seq=number + 1) for number in range(last)]

    return lambda: ask(read)
