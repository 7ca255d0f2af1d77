"""The recorded `request` method, put on one client."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from llmlog import Call, Logger, PluginError
from llmlog.guard import guarded
from llmlog_anthropic.answer import answered, failed
from llmlog_anthropic.request import Asked, read_request

_COPIES = ("copy", "with_options")
Request = Callable[..., Any]


def wrap(client: Any, logger: Logger) -> Any:
    """Put recording methods on the client itself; its class stays as it is."""
    request = getattr(client, "request", None)
    if not callable(request):
        message = f"{type(client).__name__} sends no requests: wrap a client such as Anthropic()"
        raise PluginError(message)
    plain = _plain(request)
    is_async = hasattr(type(client), "__aenter__")
    _put(client, "request", plain, (_record_async if is_async else _record)(client, logger, plain))
    for name in _COPIES:
        copy = _plain(getattr(client, name))
        _put(client, name, copy, _record_copy(copy, logger))
    return client


def _plain(method: Request) -> Request:
    plain: Request = getattr(method, "llmlog_wraps", method)
    return plain


def _put(client: Any, name: str, plain: Request, recorded: Request) -> None:
    recorded.llmlog_wraps = plain  # type: ignore[attr-defined]
    setattr(client, name, recorded)


def _record_copy(copy: Request, logger: Logger) -> Request:
    @functools.wraps(copy)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        return wrap(copy(*args, **kwargs), logger)

    return recorded


def _read(client: Any, options: Any, stream: object) -> Asked | None:
    return guarded(read_request, client, options, bool(stream), otherwise=lambda _: None)


def _finish(call: Call, asked: Asked, response: Any) -> Any:
    return guarded(answered, call, asked, response, otherwise=lambda _: response)


def _fail(call: Call, asked: Asked, problem: BaseException) -> None:
    guarded(failed, call, asked, problem, otherwise=lambda _: None)
    call.fail(problem)


def _record(client: Any, logger: Logger, request: Request) -> Request:
    @functools.wraps(request)
    def recorded(cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        asked = _read(client, options, kwargs.get("stream"))
        if asked is None:
            return request(cast_to, options, *args, **kwargs)
        call = logger.call(**asked.fields)
        asked.watch(call)
        call.start()
        asked.send(call, options)
        try:
            response = request(cast_to, options, *args, **kwargs)
        except BaseException as problem:
            _fail(call, asked, problem)
            raise
        return _finish(call, asked, response)

    return recorded


def _record_async(client: Any, logger: Logger, request: Request) -> Request:
    @functools.wraps(request)
    async def recorded(cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        asked = _read(client, options, kwargs.get("stream"))
        if asked is None:
            return await request(cast_to, options, *args, **kwargs)
        call = logger.call(**asked.fields)
        asked.watch(call)
        await logger.before_async(call)
        asked.send(call, options)
        try:
            response = await request(cast_to, options, *args, **kwargs)
        except BaseException as problem:
            _fail(call, asked, problem)
            raise
        return _finish(call, asked, response)

    return recorded
