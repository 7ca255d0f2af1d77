"""The client's streams: the same objects, noting each chunk on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Any

from llmlog import Call
from llmlog.guard import guarded
from llmlog.tapping.failure import failure_of
from llmlog.tapping.tap import Tap, on_close


def adopt(call: Call, stream: Any, *, hides_usage: bool) -> Any:
    """Make a stream note its chunks in the record of the call; return the same stream.

    Another instrumentation may have put a proxy around it, which reads from the stream within.
    """
    own = stream
    while hasattr(own, "__wrapped__"):
        own = own.__wrapped__
    own.llmlog_tap = _Chunks(call, hides_usage=hides_usage)
    kind: Any = type(own)
    own.__class__ = _recorded(kind)
    on_close(own.response, own.llmlog_tap.closed)
    return stream


class _Chunks(Tap):
    """The chunks of a typed stream."""

    def __init__(self, call: Call, *, hides_usage: bool) -> None:
        super().__init__(call)
        self._hides_usage = hides_usage
        self._last: Any = None

    def take(self, chunk: Any) -> bool:
        """Note a chunk; say whether the caller asked for it."""
        guarded(self.put, chunk, otherwise=lambda _: None)
        self._last = chunk
        return not self._hides_usage or guarded(_is_asked_for, chunk, otherwise=lambda _: True)

    def end(self) -> None:
        """End the record: the stream is complete, or says that the response failed."""
        failure = guarded(failure_of, self._last, otherwise=lambda _: None)
        if failure is not None:
            self.call.fail(failure)
        super().end()


def _is_asked_for(chunk: Any) -> bool:
    """Say whether a chunk has more than usage; where it is null, make as if it were not there."""
    if chunk.usage is not None and not chunk.choices:
        return False
    if chunk.usage is None:
        chunk.model_fields_set.discard("usage")
    return True


@lru_cache(maxsize=64)
def _recorded(kind: Any) -> type[Any]:
    made = _async_class(kind) if hasattr(kind, "__anext__") else _sync_class(kind)
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(made, name, getattr(kind, name))
    return made


def _sync_class(kind: type[Any]) -> type[Any]:
    class Recorded(kind):  # type: ignore[misc]
        def __next__(self) -> Any:
            tap = self.llmlog_tap
            while True:
                tap.advancing = True
                try:
                    chunk = super().__next__()
                except StopIteration:
                    tap.end()
                    raise
                except BaseException as problem:
                    tap.call.fail(problem)
                    raise
                finally:
                    tap.advancing = False
                if tap.take(chunk):
                    return chunk

        def __iter__(self) -> Iterator[Any]:
            while True:
                try:
                    chunk = next(self)
                except StopIteration:
                    return
                yield chunk

    return Recorded


def _async_class(kind: type[Any]) -> type[Any]:
    class Recorded(kind):  # type: ignore[misc]
        async def __anext__(self) -> Any:
            tap = self.llmlog_tap
            while True:
                tap.advancing = True
                try:
                    chunk = await super().__anext__()
                except StopAsyncIteration:
                    tap.end()
                    raise
                except BaseException as problem:
                    tap.call.fail(problem)
                    raise
                finally:
                    tap.advancing = False
                if tap.take(chunk):
                    return chunk

        async def __aiter__(self) -> AsyncIterator[Any]:
            while True:
                try:
                    chunk = await anext(self)
                except StopAsyncIteration:
                    return
                yield chunk

    return Recorded
