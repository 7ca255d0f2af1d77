"""Streams passed through: chunks go on at once, and the record ends when the stream does.

It ends with whichever comes first of the end, an error, `close`, or garbage collection.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from llmlog.handle import Call


class Recording:
    """The chunks of a stream and when each came, as `time.perf_counter_ns`."""

    __slots__ = ("chunks", "times_ns")

    def __init__(self) -> None:
        self.chunks: list[Any] = []
        self.times_ns: list[int] = []


class _Passing:
    """What sync and async streams share: the source's attributes, and the end."""

    def __init__(self, source: Any, call: Call, recording: Recording) -> None:
        self._source = source
        self._call = call
        self._recording = recording
        self._note_chunk = recording.chunks.append
        self._note_time = recording.times_ns.append

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_source"], name)

    def __del__(self) -> None:
        call = self.__dict__.get("_call")
        if call is not None:
            call.abort()


class SyncStream(_Passing):
    """An iterator over a sync source."""

    def __init__(self, source: Any, call: Call, recording: Recording) -> None:
        super().__init__(source, call, recording)
        self._iterator: Iterator[Any] = iter(source)

    def __iter__(self) -> SyncStream:
        return self

    def __next__(self) -> Any:
        try:
            chunk = next(self._iterator)
        except StopIteration:
            self._call.finish_stream()
            raise
        except BaseException as problem:
            self._call.fail(problem)
            raise
        self._note_time(time.perf_counter_ns())
        self._note_chunk(chunk)
        return chunk

    def close(self) -> None:
        """Close the source; the record ends as aborted unless the stream was at its end."""
        self._call.abort()
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> SyncStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()


class AsyncStream(_Passing):
    """An iterator over an async source."""

    def __init__(self, source: Any, call: Call, recording: Recording) -> None:
        super().__init__(source, call, recording)
        self._iterator: AsyncIterator[Any] = aiter(source)

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await anext(self._iterator)
        except StopAsyncIteration:
            self._call.finish_stream()
            raise
        except BaseException as problem:
            self._call.fail(problem)
            raise
        self._note_time(time.perf_counter_ns())
        self._note_chunk(chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the source; the record ends as aborted unless the stream was at its end."""
        self._call.abort()
        close = getattr(self._source, "aclose", None) or getattr(self._source, "close", None)
        if close is not None:
            await close()

    close = aclose

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        await self.aclose()
