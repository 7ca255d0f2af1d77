"""Recording what one client asks, for clients whose every way to ask goes through `request`.

So are those of OpenAI and Anthropic built: `create`, `parse`, `stream`, raw and streaming
responses, sync and async, end in `client.request(cast_to, options, stream=...)`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from llmlog.errors import PluginError
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.overlap import begin, enter, is_asked, leave

if TYPE_CHECKING:
    from llmlog.logger import Logger

_COPIES = ("copy", "with_options")
Request = Callable[..., Any]


class Asked(Protocol):
    """One request to a model, as it is about to be sent; `fields` are those of its call."""

    fields: dict[str, Any]

    def watch(self, call: Call) -> None:
        """Remember what the call says before hooks may edit it."""
        ...

    def send(self, call: Call, options: Any) -> None:
        """Put into the request's options what hooks edited."""
        ...


@frozen(kw_only=True, eq=False)
class ClientInstrumentor:
    """What `llmlog.wrap` looks for, made of three functions.

    `read_request(client, options, stream)` returns what is asked, None for what is no call.
    `answered(call, asked, response)` ends the call, or lets a stream end it, and returns what the
    caller gets. `failed(call, asked, problem)` notes what the exception tells. Whatever they raise,
    the caller's request goes on. `example` makes such a client.
    """

    name: str
    packages: tuple[str, ...]
    example: str
    read_request: Callable[[Any, Any, bool], Any]
    answered: Callable[[Call, Any, Any], Any]
    failed: Callable[[Call, Any, BaseException], object]

    def wrap(self, client: Any, logger: Logger) -> Any:
        """Make the client's calls records of `logger`; return the same client.

        The recording methods are put on the client itself; its class stays as it is. A wrapped
        client that is wrapped again belongs to the last logger. Raises `PluginError` for an
        object that sends no requests.
        """
        request = getattr(client, "request", None)
        if not callable(request):
            kind = type(client).__name__
            message = f"{kind} sends no requests: wrap a client such as {self.example}"
            raise PluginError(message)
        plain = _plain(request)
        record = _record_async if hasattr(type(client), "__aenter__") else _record
        _put(client, "request", plain, record(self, client, logger, plain))
        for name in _COPIES:
            copy = _plain(getattr(client, name))
            _put(client, name, copy, self._record_copy(copy, logger))
        return client

    def _record_copy(self, copy: Request, logger: Logger) -> Request:
        @functools.wraps(copy)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            return self.wrap(copy(*args, **kwargs), logger)

        return recorded

    def read(self, client: Any, options: Any, stream: object, logger: Logger) -> Asked | None:
        """Return what is asked; None also when that cannot be read, or is being recorded."""
        if is_asked(logger):
            return None
        asked: Asked | None = guarded(
            self.read_request, client, options, bool(stream), otherwise=lambda _: None
        )
        return asked

    def finish(self, call: Call, asked: Asked, response: Any) -> Any:
        """End the call with a response; return what the caller gets."""
        return guarded(self.answered, call, asked, response, otherwise=lambda _: response)

    def fail(self, call: Call, asked: Asked, problem: BaseException) -> None:
        """End the call with an exception."""
        guarded(self.failed, call, asked, problem, otherwise=lambda _: None)
        call.fail(problem)


def _plain(method: Request) -> Request:
    plain: Request = getattr(method, "llmlog_wraps", method)
    return plain


def _put(client: Any, name: str, plain: Request, recorded: Request) -> None:
    recorded.llmlog_wraps = plain  # type: ignore[attr-defined]
    setattr(client, name, recorded)


def _record(by: ClientInstrumentor, client: Any, logger: Logger, request: Request) -> Request:
    @functools.wraps(request)
    def recorded(cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        asked = by.read(client, options, kwargs.get("stream"), logger)
        if asked is None:
            return request(cast_to, options, *args, **kwargs)
        call = begin(logger, asked.fields)
        asked.watch(call)
        call.start()
        asked.send(call, options)
        token = enter(call)
        try:
            response = request(cast_to, options, *args, **kwargs)
        except BaseException as problem:
            by.fail(call, asked, problem)
            raise
        finally:
            leave(token)
        return by.finish(call, asked, response)

    return recorded


def _record_async(by: ClientInstrumentor, client: Any, logger: Logger, request: Request) -> Request:
    @functools.wraps(request)
    async def recorded(cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        asked = by.read(client, options, kwargs.get("stream"), logger)
        if asked is None:
            return await request(cast_to, options, *args, **kwargs)
        call = begin(logger, asked.fields)
        asked.watch(call)
        await logger.before_async(call)
        asked.send(call, options)
        token = enter(call)
        try:
            response = await request(cast_to, options, *args, **kwargs)
        except BaseException as problem:
            by.fail(call, asked, problem)
            raise
        finally:
            leave(token)
        return by.finish(call, asked, response)

    return recorded
