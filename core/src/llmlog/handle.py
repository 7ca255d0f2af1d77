"""The handle of a running call.

    with logger.call(kind="chat", model="m", messages=messages) as call:
        call.finish(client.chat.completions.create(...))

Everything here runs on the caller's thread and costs a constant few microseconds. It never
raises, except `Blocked` and `TypeError` for an unknown field.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import Token
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from llmlog.decorator import arguments, decorated
from llmlog.errors import Blocked
from llmlog.fields import PLAIN, CallFields, check, discreet, keep
from llmlog.guard import guarded
from llmlog.identity import OwnSpan, Span, dashed, number_of, read_traceparent
from llmlog.payload import Status
from llmlog.scope import ambient, as_metadata, as_tags, current_span
from llmlog.snapshot import snapshot
from llmlog.stream import AsyncStream, Recording, SyncStream

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from llmlog.logger import Logger

F = TypeVar("F", bound=Callable[..., Any])


class Call:
    """One request to a model, from start to end. It becomes exactly one record."""

    __slots__ = (
        "__weakref__", "_fields", "_logger", "_recording", "_span", "_token", "_within",
        "end_mono_ns", "exception", "response", "start_mono_ns", "start_unix_ns", "status",
    )  # fmt: skip

    def __init__(self, logger: Logger, fields: CallFields) -> None:
        self._logger = logger
        self._fields: dict[str, Any] = fields  # type: ignore[assignment]
        self._token: Token[Span | None] | None = None
        self._recording: Recording | None = None
        self.status: Status | None = None
        self.response: Any = None
        self.exception: BaseException | None = None
        self.end_mono_ns = 0
        self._within = ambient.get()
        self.start_unix_ns = unix_ns = time_ns()
        self.start_mono_ns = perf_counter_ns()
        self._span = OwnSpan(unix_ns, current_span.get())
        if not PLAIN.issuperset(fields):
            self._take(fields)
        elif "messages" in fields:
            fields["messages"] = snapshot(fields["messages"])

    def _take(self, fields: CallFields) -> None:
        """Take what a caller may change later, an id and a place in a trace, and a key."""
        check(fields)
        self._span.take(number_of(fields.get("id")), read_traceparent(fields.get("traceparent")))
        discreet(self._fields)
        keep(self._fields)

    # What it is.

    @property
    def id(self) -> str:
        """Return the id of the record, a UUIDv7."""
        return dashed(self._span.digits)

    @property
    def span(self) -> Span:
        """Return the call's place in its trace."""
        return self._span

    @property
    def parent(self) -> Span | None:
        """Return the place of the call or trace that this one is in."""
        return self._span.around

    @property
    def traceparent(self) -> str:
        """Return the W3C header that puts a remote call under this one."""
        return self.span.traceparent

    @property
    def logger(self) -> Logger:
        """Return the Logger whose record it becomes."""
        return self._logger

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return what is known so far, what the block around says included."""
        return {**self._within, **self._fields, **self._added_up()}

    def _added_up(self) -> dict[str, Any]:
        return {
            "tags": (*self._within.get("tags", ()), *as_tags(self._fields.get("tags"))),
            "metadata": {
                **self._within.get("metadata", {}), **as_metadata(self._fields.get("metadata"))
            },
        }  # fmt: skip

    @property
    def held(self) -> tuple[Any, ...]:
        """Return what the call holds on to: its fields, response and chunks."""
        recording = self._recording
        return (self._fields, self.response, recording and recording.chunks)

    @property
    def recording(self) -> Recording | None:
        """Return the chunks of the stream, if it was one."""
        return self._recording

    @property
    def messages(self) -> Any:
        """Get or replace the messages; `pre_call` hooks edit a call through this."""
        return self._fields.get("messages")

    @messages.setter
    def messages(self, value: Any) -> None:
        self._fields["messages"] = snapshot(value)

    @property
    def parameters(self) -> Any:
        """Get or replace the request parameters."""
        return self._fields.get("parameters")

    @parameters.setter
    def parameters(self, value: Any) -> None:
        self._fields["parameters"] = snapshot(value)

    def set(self, **fields: Unpack[CallFields]) -> Self:
        """Say more about the call; later values win. Has no effect after the end."""
        check(fields)
        known: dict[str, Any] = fields  # type: ignore[assignment]
        discreet(known)
        keep(known)
        self._fields.update(known)
        return self

    # How it ends. The first ending counts.

    def finish(self, response: Any = None) -> Any:
        """End the call with the model's response, whatever its type; return the response.

        An iterator is a stream: it comes back wrapped, and the call ends when the stream does.
        """
        kind = type(response)
        if kind is not dict and (hasattr(kind, "__next__") or hasattr(kind, "__anext__")):
            streamed = guarded(self.stream, response, otherwise=self._no_stream)
            if streamed is not None:
                return streamed
        if self.status is None:
            self.response = snapshot(response)
            self.end_mono_ns = perf_counter_ns()
            self.status = "success"
            self._logger.submit(self)
        return response

    def fail(self, exception: BaseException) -> None:
        """End the call with the exception that it raised.

        Cancellation, `GeneratorExit` and `KeyboardInterrupt` make it `aborted`, `Blocked` makes
        it `blocked`.
        """
        if self.status is None:
            self.exception = exception
            self._end(_status_of(exception))

    def abort(self) -> None:
        """End the call as given up by the caller, with what there is of output."""
        if self.status is None:
            self._end("aborted")

    def finish_stream(self) -> None:
        """End the call with the chunks that passed through `stream`."""
        if self.status is None:
            self._end("success")

    def _end(self, status: Status) -> None:
        self.end_mono_ns = perf_counter_ns()
        self.status = status
        self._logger.submit(self)

    def _no_stream(self, _: BaseException) -> None:
        """Take a response that cannot be iterated, whatever its type says, for what it is."""
        self._recording = None

    # Streams.

    @overload
    def stream(self, chunks: AsyncIterator[Any]) -> AsyncStream: ...
    @overload
    def stream(self, chunks: Any) -> SyncStream: ...
    def stream(self, chunks: Any) -> SyncStream | AsyncStream:
        """Pass an iterator of chunks through; the record ends when the stream does.

        An object with `__aiter__` gives an async iterator, any other a sync one. Attributes are
        those of `chunks`.
        """
        recording = self._recording = Recording()
        self._fields.setdefault("stream", True)
        if hasattr(type(chunks), "__aiter__"):
            return AsyncStream(chunks, self, recording)
        return SyncStream(chunks, self, recording)

    # Blocks.

    def start(self) -> Self:
        """Run the `pre_call` hooks; raise `Blocked` if one stops the call."""
        if self._logger.before is not None:
            self._logger.before(self)
        return self

    def __enter__(self) -> Self:
        if self._logger.before is not None:
            self._logger.before(self)
        self._token = current_span.set(self._span)
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        if self._token is not None:
            try:  # noqa: SIM105  # `suppress` costs as much as the rest of leaving
                current_span.reset(self._token)
            except ValueError:  # the block may end in another context than it began in
                pass
            self._token = None  # it holds everything that the context holds
        if problem is not None:
            self.fail(problem)
        elif self.status is None and self._recording is None:
            self.finish(self.response)

    async def __aenter__(self) -> Self:
        await self._logger.before_async(self)
        self._token = current_span.set(self._span)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        self.__exit__(kind, problem, trace)

    # The decorator.

    def __call__(self, function: F) -> F:
        """Make a function whose every call is one such call; its arguments are the input."""
        logger, fields = self._logger, self._fields
        signature = inspect.signature(function)

        def new(*args: Any, **kwargs: Any) -> Call:
            own = {"name": function.__name__, **fields}
            own.pop("id", None)  # each call is one of its own
            if "messages" not in fields and "input" not in fields:
                own["input"] = arguments(signature, args, kwargs)
            return Call(logger, cast("CallFields", own))

        return decorated(new, function)


def _status_of(exception: BaseException) -> Status:
    if isinstance(exception, Blocked):
        return "blocked"
    return "failure" if isinstance(exception, Exception) else "aborted"
