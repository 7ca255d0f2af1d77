"""Raw responses: the record is made of the bytes that the caller reads.

They are parsed on llmlog's own thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from llmlog import Call
from llmlog.encoding import loads
from llmlog.guard import guarded
from llmlog.tapping.failure import FailedResponseError
from llmlog.tapping.tap import Tap, on_close

_DONE = b"[DONE]"


class Json:
    """JSON bytes that are parsed when the record is made; models of pydantic look like this."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def model_dump(self, **_: object) -> dict[str, Any]:
        """Return the object that the bytes say."""
        value = loads(self.content)
        return value if isinstance(value, dict) else {"value": value}


def body(response: Any, content: bytes) -> Any:
    """Return what a whole HTTP response says: JSON, a text, or the size of what is neither."""
    kind = _kind(response)
    if kind.endswith("json"):
        return Json(content)
    if kind.startswith("text/"):
        return content.decode(response.encoding or "utf-8", "replace")
    return _size(kind, len(content))


def _kind(response: Any) -> str:
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0]


def _size(kind: str, size: int) -> dict[str, Any]:
    return {"content_type": kind, "bytes": size}


def tee(call: Call, response: Any) -> None:
    """Note what the caller reads of an HTTP response that is not read yet."""
    is_events = _kind(response) == "text/event-stream"
    reader = _Events(call) if is_events else _Content(call, response)
    iter_bytes, aiter_bytes = response.iter_bytes, response.aiter_bytes

    def recorded(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        blocks = iter_bytes(*args, **kwargs)
        while True:
            with reader:
                block = next(blocks, None)
            reader.feed(block)
            if block is None:
                return
            yield block

    async def recorded_async(*args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
        blocks = aiter_bytes(*args, **kwargs)
        while True:
            with reader:
                block = await anext(blocks, None)
            reader.feed(block)
            if block is None:
                return
            yield block

    response.iter_bytes, response.aiter_bytes = recorded, recorded_async
    on_close(response, reader.closed)


class _Reader:
    """What the record learns from bytes; as a block, the wait for the next ones."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._waiting = False

    def feed(self, block: bytes | None) -> None:
        """Note a block of bytes, None at the end."""
        if self.call.status is None:
            step = (self.complete,) if block is None else (self.take, block)
            guarded(*step, otherwise=lambda _: None)

    def take(self, block: bytes) -> None:
        """Note a block of bytes."""
        raise NotImplementedError

    def complete(self) -> None:
        """End the record: everything was read."""
        raise NotImplementedError

    def closed(self) -> None:
        """End the record as given up, unless the response closes itself at its end."""
        if not self._waiting:
            self.call.abort()

    def __enter__(self) -> None:
        self._waiting = True

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: object) -> None:  # fmt: skip
        self._waiting = False
        if problem is not None:
            self.call.fail(problem)


class _Content(_Reader):
    """The bytes of one body; of sound and images only their number."""

    def __init__(self, call: Call, response: Any) -> None:
        super().__init__(call)
        self._response = response
        self._keeps = _kind(response).endswith("json") or _kind(response).startswith("text/")
        self._blocks: list[bytes] = []
        self._size = 0

    def take(self, block: bytes) -> None:
        """Keep or count the block."""
        self._size += len(block)
        if self._keeps:
            self._blocks.append(block)

    def complete(self) -> None:
        """End the record with the whole body."""
        whole = body(self._response, b"".join(self._blocks))
        self.call.finish(whole if self._keeps else _size(_kind(self._response), self._size))


class _Events(_Reader):
    """The bytes of server-sent events."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._tap = Tap(call)
        self._rest = b""

    def take(self, block: bytes) -> None:
        """Note the events that are complete by now."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:].strip())

    def _event(self, data: bytes) -> None:
        if data == _DONE:
            self._tap.end()
            return
        self._tap.put(Json(data))
        problem = _error(data) if b'"error"' in data else None
        if problem is not None:
            self.call.fail(problem)

    def complete(self) -> None:
        """End the record: the stream is complete."""
        self._tap.end()


def _error(data: bytes) -> FailedResponseError | None:
    event = loads(data)
    error = event.get("error") or (event.get("response") or {}).get("error")
    if not isinstance(error, dict):
        return None
    return FailedResponseError(str(error.get("message")), error.get("code"))
