"""The recorded `request` method, put on one client."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from llmlog import Call, Logger, PluginError
from llmlog.guard import guarded
from llmlog_openai.answer import answered, failed
from llmlog_openai.request import Asked, read_request

_COPIES = ("copy", "with_options")


def wrap(client: Any, logger: Logger) -> Any:
    """Put recording methods on the client itself; its class stays as it is."""
    request = getattr(client, "request", None)
    if not callable(request):
        message = f"{type(client).__name__} sends no requests: wrap a client such as OpenAI()"
        raise PluginError(message)
    plain = getattr(request, "llmlog_wraps", request)
    is_async = hasattr(type(client), "__aenter__")
    recorded = (_record_async if is_async else _record)(client, logger, plain)
    recorded.llmlog_wraps = plain  # type: ignore[attr-defined]
    client.request = recorded
    for name in _COPIES:
        setattr(client, name, _recorded_copy(getattr(client, name), logger))
    return client


def _recorded_copy(copy: Callable[..., Any], logger: Logger) -> Callable[..., Any]:
    copy = getattr(copy, "llmlog_wraps", copy)

    @functools.wraps(copy)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        return wrap(copy(*args, **kwargs), logger)

    recorded.llmlog_wraps = copy  # type: ignore[attr-defined]
    return recorded


def _read(client: Any, options: Any, stream: object) -> Asked | None:
    return guarded(read_request, client, options, bool(stream), otherwise=lambda _: None)


def _finish(call: Call, asked: Asked, response: Any) -> Any:
    return guarded(answered, call, asked, response, otherwise=lambda _: response)


def _fail(call: Call, asked: Asked, problem: BaseException) -> None:
    guarded(failed, call, asked, problem, otherwise=lambda _: call.fail(problem))


def _record(client: Any, logger: Logger, request: Callable[..., Any]) -> Callable[..., Any]:
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


def _record_async(client: Any, logger: Logger, request: Callable[..., Any]) -> Callable[..., Any]:
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
