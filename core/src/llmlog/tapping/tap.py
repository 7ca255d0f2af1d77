"""The record of a stream, filled by whoever reads the stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from llmlog import Call
from llmlog.guard import guarded


class _Source:
    """An iterator that gives the chunk that was put into it last."""

    def __init__(self) -> None:
        self.chunk: Any = None

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> Any:
        return self.chunk


class Tap:
    """Takes the chunks of one stream; the record ends with the stream, whoever ends it."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.advancing = False
        self._source = _Source()
        self._passing = call.stream(self._source)

    def put(self, chunk: Any) -> None:
        """Note one chunk."""
        self._source.chunk = chunk
        next(self._passing)

    def end(self) -> None:
        """End the record: the stream is complete."""
        self.call.finish_stream()

    def closed(self) -> None:
        """End the record as given up, unless it is the stream itself that closes at its end."""
        if not self.advancing:
            self.call.abort()


def on_close(response: Any, closed: Callable[[], None]) -> None:
    """Call `closed` before the HTTP response is closed, by whichever of its two methods."""
    close, aclose = response.close, response.aclose

    def watched_close() -> None:
        guarded(closed, otherwise=lambda _: None)
        close()

    async def watched_aclose() -> None:
        guarded(closed, otherwise=lambda _: None)
        waiting: Awaitable[None] = aclose()
        await waiting

    response.close, response.aclose = watched_close, watched_aclose
