"""What comes back: a parsed response, a stream of events, or a body that the caller reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from llmlog import Attempt, Call, Usage
from llmlog.guard import guarded
from llmlog.tapping.tap import Tap
from llmlog.tapping.wire import Json
from llmlog_bedrock.request import Asked

_IN, _OUT = "x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"
_CACHED = ("x-amzn-bedrock-cache-read-input-token-count",
           "x-amzn-bedrock-cache-write-input-token-count")  # fmt: skip


def answered(call: Call, asked: Asked, parsed: dict[str, Any]) -> None:
    """Record what the caller gets; streams and bodies are noted as they are read."""
    note(call, asked, parsed, failed=False)
    if "stream" in parsed:
        _adopt_events(call, parsed["stream"])
    elif asked.fields["stream"]:
        _adopt_events(call, parsed["body"])
    elif "body" in parsed:
        _adopt_body(call, parsed["body"], parsed)
    else:
        call.finish({name: value for name, value in parsed.items() if name != "ResponseMetadata"})


def note(call: Call, asked: Asked, parsed: Mapping[str, Any], *, failed: bool) -> None:
    """Note what the response's metadata says: the request's id, and how often it was tried."""
    facts = parsed.get("ResponseMetadata") or {}
    request_id, retries = facts.get("RequestId"), facts.get("RetryAttempts") or 0
    if request_id:
        call.set(attributes={"request_id": request_id})
    if retries:
        call.set(attempts=tuple(_attempts(asked, retries, failed=failed)))


def _attempts(asked: Asked, retries: int, *, failed: bool) -> Iterator[Attempt]:
    for number in range(1, retries + 2):
        yield Attempt(
            number=number,
            reason="first" if number == 1 else "retry",
            status="failure" if failed or number <= retries else "success",
            provider_name="aws.bedrock",
            model=asked.fields["model"],
        )


def _adopt_events(call: Call, stream: Any) -> None:
    stream.llmlog_tap = Tap(call)
    kind: Any = type(stream)
    stream.__class__ = _recorded_events(kind)


def _adopt_body(call: Call, body: Any, parsed: Mapping[str, Any]) -> None:
    headers = (parsed.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    body.llmlog_tap = _Body(call, headers)
    kind: Any = type(body)
    body.__class__ = _recorded_body(kind)


def _piece(event: Any) -> Any:
    """Return an event, or what the model's maker says inside it."""
    chunk = event.get("chunk")
    return event if chunk is None else Json(chunk.get("bytes") or b"{}")


@lru_cache(maxsize=8)
def _recorded_events(kind: Any) -> type[Any]:
    class Recorded(kind):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            tap = self.llmlog_tap
            try:
                for event in super().__iter__():
                    guarded(lambda event=event: tap.put(_piece(event)), otherwise=lambda _: None)
                    yield event
            except BaseException as problem:
                tap.call.fail(problem)
                raise
            tap.end()

        def close(self) -> None:
            self.llmlog_tap.closed()
            super().close()

    return _named(Recorded, kind)


class _Body:
    """The bytes of one body, as the caller reads them; unread, it is given up."""

    def __init__(self, call: Call, headers: Mapping[str, str]) -> None:
        self._tap = Tap(call)
        self._call = call
        self._headers = headers
        self._blocks: list[bytes] = []

    def take(self, block: bytes, *, last: bool) -> None:
        """Note a block; the last one ends the record."""
        self._blocks.append(block)
        if last and self._call.status is None:
            guarded(self._finish, otherwise=lambda _: None)

    def _finish(self) -> None:
        content = b"".join(self._blocks)
        usage = _usage(self._headers)
        if usage is not None:
            self._call.set(usage=usage)
        self._call._recording = None  # noqa: SLF001  # a body is no stream
        self._call.finish(Json(content))

    def fail(self, problem: BaseException) -> None:
        """End the record: the body could not be read."""
        self._call.fail(problem)

    def closed(self) -> None:
        """End the record: the caller wants no more."""
        self._call.abort()


def _usage(headers: Mapping[str, str]) -> Usage | None:
    """Return what Bedrock counted, for models whose answers do not say it."""
    counts = [headers.get(name) for name in (_IN, _OUT, *_CACHED)]
    known = [int(count) if count and count.isdigit() else None for count in counts]
    if known[0] is None and known[1] is None:
        return None
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    raw = {name: headers[name] for name in (_IN, _OUT, *_CACHED) if name in headers}
    return Usage(**dict(zip(names, known, strict=True)), origin="provider", raw=raw)


@lru_cache(maxsize=8)
def _recorded_body(kind: Any) -> type[Any]:
    class Recorded(kind):  # type: ignore[misc]
        def read(self, amt: int | None = None) -> bytes:
            block: bytes = self._llmlog_read(super().read, amt)
            self.llmlog_tap.take(block, last=amt is None or (amt > 0 and not block))
            return block

        def readlines(self) -> list[bytes]:
            lines: list[bytes] = self._llmlog_read(super().readlines)
            self.llmlog_tap.take(b"".join(lines), last=True)
            return lines

        def _llmlog_read(self, read: Any, *arguments: Any) -> Any:
            try:
                return read(*arguments)
            except BaseException as problem:
                self.llmlog_tap.fail(problem)
                raise

        def close(self) -> None:
            self.llmlog_tap.closed()
            super().close()

    return _named(Recorded, kind)


def _named(made: type[Any], kind: Any) -> type[Any]:
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(made, name, getattr(kind, name))
    return made
