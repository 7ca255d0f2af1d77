"""Standing at the one method of a session that every request passes through."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from llmlog import PluginError
from llmlog.guard import guarded
from llmlog.overlap import begin
from llmlog.tapping.everywhere import Everywhere
from llmlog_mcp.exchange import finish, read_request

if TYPE_CHECKING:
    from llmlog import Logger

_MARK = "llmlog_wraps"
Current = Callable[[], "Logger | None"]


@frozen(eq=False)
class Instrumentor:
    """What `llmlog.wrap` and `llmlog.instrument` look for."""

    name: str = "mcp"
    packages: tuple[str, ...] = ("mcp",)
    _all: Everywhere = field(factory=Everywhere)

    def wrap(self, client: Any, logger: Logger) -> Any:
        """Make the requests of a session, or of a connected client, records; return the same.

        Raises `PluginError` for what sends no requests, such as a client that is not connected.
        """
        session: Any = guarded(getattr, client, "session", client, otherwise=lambda _: None)
        plain = getattr(session, "send_request", None)
        if plain is None:
            message = f"{type(client).__name__}: wrap a session, or a client that is connected"
            raise PluginError(message)
        plain = getattr(plain, _MARK, plain)
        made = _recorded(plain, lambda: logger)
        one = functools.wraps(plain)(functools.partial(made, session))
        setattr(one, _MARK, plain)
        session.send_request = one
        return client

    def instrument(self, logger: Callable[[], Logger]) -> None:
        """Make the requests of every session a record, of whoever is Logger then."""
        kind = import_module("mcp.client.session").ClientSession
        self._all.start([(kind, "send_request")], _everywhere, logger)

    def uninstrument(self) -> None:
        """Leave sessions alone that were not wrapped one by one."""
        self._all.stop()


def _recorded(plain: Callable[..., Any], current: Current) -> Callable[..., Any]:
    """Return a method that records; calls made while a tool runs here are under its own."""

    @functools.wraps(plain)
    async def recorded(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        own = () if hasattr(plain, "__self__") else (session,)
        logger = current()
        fields = guarded(read_request, session, request, otherwise=lambda _: None)
        if logger is None or fields is None:
            return await plain(*own, request, *args, **kwargs)
        async with begin(logger, fields) as call:
            result = await plain(*own, request, *args, **kwargs)
            guarded(finish, call, result, otherwise=lambda _: None)
        return result

    return recorded


def _everywhere(plain: Callable[..., Any], current: Current) -> Callable[..., Any]:
    made = _recorded(plain, current)

    @functools.wraps(plain)
    async def recorded(session: Any, *args: Any, **kwargs: Any) -> Any:
        is_wrapped = hasattr(vars(session).get("send_request"), _MARK)
        return await (plain if is_wrapped else made)(session, *args, **kwargs)

    return recorded


instrumentor = Instrumentor()
