"""For programs that others start and stop: ASGI servers and AWS Lambda.

app = llmlog.serving.asgi(app)                       # what waits is sent before the server ends

@llmlog.serving.handler                              # and before AWS freezes the process
def handle(event, context): ...
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar, cast

from llmlog.default import get_logger
from llmlog.logger import Logger

F = TypeVar("F", bound=Callable[..., Any])
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]
_ENDS = ("lifespan.shutdown.complete", "lifespan.shutdown.failed")
_RESERVE_S = 0.5


def asgi(app: App, *, logger: Logger | None = None) -> App:
    """Return an ASGI application that sends what waits when its lifespan ends.

    A server that was told to stop by SIGTERM may end without Python's exit hooks. `logger` is the
    default one unless given. It stays open: what comes later is sent as ever.
    """

    async def flushing(scope: Message, receive: Any, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def last(message: Message) -> None:
            if message["type"] in _ENDS:
                used = logger or get_logger()
                await used.aflush(used.settings.exit_timeout_s)
            await send(message)

        await app(scope, receive, last)

    return flushing


def handler(function: F, *, logger: Logger | None = None) -> F:
    """Make a function of AWS Lambda send what waits before it returns, as far as its time goes.

    Between invocations the process is frozen and nothing is sent. Half a second of the remaining
    time is left to the function's own end.
    """
    if inspect.iscoroutinefunction(function):
        message = "AWS Lambda calls plain functions: wrap the one that it calls"
        raise TypeError(message)

    @functools.wraps(function)
    def flushing(event: Any, context: Any, *arguments: Any) -> Any:
        try:
            return function(event, context, *arguments)
        finally:
            used = logger or get_logger()
            used.flush(_time_left_s(context, used.settings.exit_timeout_s))

    return cast("F", flushing)


def _time_left_s(context: Any, most_s: float) -> float:
    ask = getattr(context, "get_remaining_time_in_millis", None)
    return most_s if ask is None else max(0.0, min(most_s, ask() / 1000 - _RESERVE_S))
