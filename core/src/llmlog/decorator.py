"""Functions whose every call is recorded: plain ones, coroutines, generators, async generators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from llmlog.handle import Call

F = TypeVar("F", bound=Callable[..., Any])
New = Callable[..., "Call"]


def decorated(new: New, function: F) -> F:
    """Return a function of the same kind; `new(*args, **kwargs)` makes the call to record."""
    wrapper = _WRAPPERS[_shape(function)](new, function)
    return cast("F", functools.wraps(function)(wrapper))


def arguments(signature: inspect.Signature, args: Any, kwargs: Any) -> dict[str, Any]:
    """Return the arguments by name, without `self` or `cls`."""
    try:
        given = dict(signature.bind(*args, **kwargs).arguments)
    except TypeError:  # the function itself will say so
        return {}
    return {name: value for name, value in given.items() if name not in ("self", "cls")}


def _shape(function: Callable[..., Any]) -> str:
    if inspect.isasyncgenfunction(function):
        return "async generator"
    if inspect.iscoroutinefunction(function):
        return "coroutine"
    return "generator" if inspect.isgeneratorfunction(function) else "function"


def _wrap_function(new: New, function: Callable[..., Any]) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with new(*args, **kwargs) as call:
            return call.finish(function(*args, **kwargs))

    return wrapper


def _wrap_coroutine(new: New, function: Callable[..., Any]) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        async with new(*args, **kwargs) as call:
            return call.finish(await function(*args, **kwargs))

    return wrapper


def _wrap_generator(new: New, function: Callable[..., Any]) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with new(*args, **kwargs) as call:
            yield from call.stream(function(*args, **kwargs))

    return wrapper


def _wrap_async_generator(new: New, function: Callable[..., Any]) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with new(*args, **kwargs) as call:
            async for chunk in call.stream(function(*args, **kwargs)):
                yield chunk

    return wrapper


_WRAPPERS: Mapping[str, Callable[..., Any]] = {
    "function": _wrap_function,
    "coroutine": _wrap_coroutine,
    "generator": _wrap_generator,
    "async generator": _wrap_async_generator,
}
