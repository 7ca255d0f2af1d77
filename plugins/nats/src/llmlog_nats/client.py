"""A connection of nats-py, which is asynchronous, with a loop that runs while it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import nats
from nats.js import JetStreamContext

Message = tuple[bytes, Mapping[str, str]]


class Client:
    """One connection; a lost one is not opened again here, but by the lane."""

    def __init__(self, servers: Sequence[str], timeout_s: float, **credentials: Any) -> None:
        self._timeout_s = timeout_s
        self._loop = asyncio.new_event_loop()
        try:
            self._connection = self._loop.run_until_complete(
                nats.connect(
                    list(servers), name="llmlog", connect_timeout=timeout_s,
                    allow_reconnect=False, max_reconnect_attempts=1, error_cb=_quiet, **credentials,
                )
            )  # fmt: skip
        except BaseException:
            self._end()
            raise
        self._stream: JetStreamContext = self._connection.jetstream(timeout=timeout_s)

    def make_stream(self, name: str, subject: str) -> None:
        """Make a stream that listens to a subject; one that is there stays as it is."""
        found = self._loop.run_until_complete(self._stream.streams_info())
        if name not in {each.config.name for each in found}:
            self._loop.run_until_complete(self._stream.add_stream(name=name, subjects=[subject]))

    def publish(self, subject: str, messages: Sequence[Message]) -> list[Any]:
        """Publish messages together; return an acknowledgement or an exception for each."""
        return self._loop.run_until_complete(self._publish(subject, messages))

    async def _publish(self, subject: str, messages: Sequence[Message]) -> list[Any]:
        return await asyncio.gather(
            *(
                self._stream.publish(subject, body, timeout=self._timeout_s, headers=dict(headers))
                for body, headers in messages
            ),
            return_exceptions=True,
        )

    def close(self) -> None:
        """Close the connection and its loop."""
        try:
            self._loop.run_until_complete(self._connection.close())
        finally:
            self._end()

    def _end(self) -> None:
        """End what the client left running, and close the loop."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks))
        self._loop.close()


async def _quiet(_: Exception) -> None:
    """Say nothing: what matters comes back with the message."""
