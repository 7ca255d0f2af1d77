"""One request of a client as one record: what every instrumentor does around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from llmlog.handle import Call
from llmlog.overlap import begin, enter, is_asked, is_expected, leave

if TYPE_CHECKING:
    from llmlog.logger import Logger


What = tuple[Any, Any, object]
"""The client, its request's options, and whether a stream is asked for."""


class Asked(Protocol):
    """One request to a model, as it is about to be sent; `fields` are those of its call."""

    fields: dict[str, Any]

    def watch(self, call: Call) -> None:
        """Remember what the call says before hooks may edit it."""
        ...

    def send(self, call: Call, options: Any) -> None:
        """Put into the request's options what hooks edited."""
        ...


class Recorder(Protocol):
    """What knows a client's requests and answers; none of it raises."""

    def read(self, client: Any, options: Any, stream: object) -> Asked | None:
        """Return what is asked, None for what is no call."""
        ...

    def finish(self, call: Call, asked: Any, response: Any) -> Any:
        """End the call with a response, or let a stream end it; return what the caller gets."""
        ...

    def fail(self, call: Call, asked: Any, problem: BaseException) -> None:
        """End the call with an exception."""
        ...


def ask(by: Recorder, logger: Logger, what: What, request: Callable[[], Any]) -> Any:
    """Send a request, and record it unless it is part of a call that is recorded already."""
    asked = None if is_asked(logger) else by.read(*what)
    if asked is None or is_expected(logger, asked.fields):
        return request()
    call = begin(logger, asked.fields)
    asked.watch(call)
    call.start()
    asked.send(call, what[1])
    token = enter(call)
    try:
        response = request()
    except BaseException as problem:
        by.fail(call, asked, problem)
        raise
    finally:
        leave(token)
    return by.finish(call, asked, response)


async def ask_async(
    by: Recorder, logger: Logger, what: What, request: Callable[[], Awaitable[Any]]
) -> Any:
    """Do as `ask` does, awaiting the request and those hooks that are `async def`."""
    asked = None if is_asked(logger) else by.read(*what)
    if asked is None or is_expected(logger, asked.fields):
        return await request()
    call = begin(logger, asked.fields)
    asked.watch(call)
    await logger.before_async(call)
    asked.send(call, what[1])
    token = enter(call)
    try:
        response = await request()
    except BaseException as problem:
        by.fail(call, asked, problem)
        raise
    finally:
        leave(token)
    return by.finish(call, asked, response)
