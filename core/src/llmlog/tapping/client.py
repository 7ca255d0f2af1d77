"""Recording what one client asks, for clients whose every way to ask goes through `request`.

So are those of OpenAI and Anthropic built: `create`, `parse`, `stream`, raw and streaming
responses, sync and async, end in `client.request(cast_to, options, stream=...)`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from llmlog.errors import PluginError
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.tapping.asking import Asked, ask, ask_async
from llmlog.tapping.everywhere import Everywhere

if TYPE_CHECKING:
    from llmlog.logger import Logger

_COPIES = ("copy", "with_options")
Request = Callable[..., Any]


@frozen(kw_only=True, eq=False)
class ClientInstrumentor:
    """What `llmlog.wrap` looks for, made of three functions.

    `read_request(client, options, stream)` returns what is asked, None for what is no call.
    `answered(call, asked, response)` ends the call, or lets a stream end it, and returns what the
    caller gets. `failed(call, asked, problem)` notes what the exception tells. Whatever they raise,
    the caller's request goes on. `example` makes such a client; `classes` of the first package are
    those whose `request` every client of it has. `watch(class, who)`, where there is one, records
    what goes other ways than `request`; `who(client)` says whose record it is, if anybody's.
    """

    name: str
    packages: tuple[str, ...]
    example: str
    read_request: Callable[[Any, Any, bool], Any]
    answered: Callable[[Call, Any, Any], Any]
    failed: Callable[[Call, Any, BaseException], object]
    classes: tuple[str, ...] = ()
    watch: Callable[[Any, Callable[[Any], Logger | None]], object] | None = None
    _all: Everywhere = field(factory=Everywhere)

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
        _put(client, "request", plain, _record(self, client, logger, plain))
        for name in _COPIES:
            copy = _plain(getattr(client, name))
            _put(client, name, copy, self._record_copy(copy, logger))
        vars(client)["request"].llmlog_logger = logger
        self._watch()
        return client

    def _watch(self) -> None:
        if self.watch is None:
            return
        for name in self.classes:
            kind = getattr(import_module(self.packages[0]), name)
            guarded(self.watch, kind, self.logger_of, otherwise=lambda _: None)

    def logger_of(self, client: Any) -> Logger | None:
        """Return who records a client at the moment: its own Logger, else that of all clients."""
        own: Logger | None = getattr(vars(client).get("request"), "llmlog_logger", None)
        return own or self._all.logger()

    def _record_copy(self, copy: Request, logger: Logger) -> Request:
        @functools.wraps(copy)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            return self.wrap(copy(*args, **kwargs), logger)

        return recorded

    def instrument(self, logger: Callable[[], Logger]) -> None:
        """Make every call of every client of the package a record, of whoever is Logger then."""
        for name in self.classes:
            kind = getattr(import_module(self.packages[0]), name)
            make = functools.partial(_everywhere, self, waits=_is_async(kind))
            self._all.start([(kind, "request")], make, logger)
        self._watch()

    def uninstrument(self) -> None:
        """Leave clients alone that were not wrapped one by one."""
        self._all.stop()

    def read(self, client: Any, options: Any, stream: object) -> Asked | None:
        """Return what is asked; None also when that cannot be read."""
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


def _is_wrapped(client: Any) -> bool:
    """Say whether a Logger records this client by itself."""
    return hasattr(vars(client).get("request"), "llmlog_wraps")


def _is_async(kind: Any) -> bool:
    return hasattr(kind, "__aenter__")


def _record(by: ClientInstrumentor, client: Any, logger: Logger, request: Request) -> Request:
    @functools.wraps(request)
    def recorded(cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        return ask(by, logger, (client, options, kwargs.get("stream")),
                   lambda: request(cast_to, options, *args, **kwargs))  # fmt: skip

    @functools.wraps(request)
    async def recorded_async(cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        return await ask_async(by, logger, (client, options, kwargs.get("stream")),
                               lambda: request(cast_to, options, *args, **kwargs))  # fmt: skip

    return recorded_async if _is_async(type(client)) else recorded


def _everywhere(
    by: ClientInstrumentor, request: Request, current: Callable[[], Logger | None], *, waits: bool
) -> Request:
    """Return a `request` for a whole class of clients."""

    @functools.wraps(request)
    def recorded(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        logger = current()
        if logger is None or _is_wrapped(client):
            return request(client, cast_to, options, *args, **kwargs)
        return ask(by, logger, (client, options, kwargs.get("stream")),
                   lambda: request(client, cast_to, options, *args, **kwargs))  # fmt: skip

    @functools.wraps(request)
    async def recorded_async(
        client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any
    ) -> Any:
        logger = current()
        if logger is None or _is_wrapped(client):
            return await request(client, cast_to, options, *args, **kwargs)
        return await ask_async(by, logger, (client, options, kwargs.get("stream")),
            lambda: request(client, cast_to, options, *args, **kwargs))  # fmt: skip

    return recorded_async if waits else recorded
