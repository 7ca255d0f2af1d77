"""Standing at a realtime connection: the same objects, noting what passes through them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from llmlog import Call
from llmlog.guard import guarded
from llmlog.overlap import begin
from llmlog.tapping.provider import key_of
from llmlog_openai.provider import provider_of
from llmlog_openai.realtime import Conversation

if TYPE_CHECKING:
    from llmlog import Logger

Who = Callable[[Any], "Logger | None"]
"""Says who records a client, None for nobody."""


def watch(kind: Any, who: Who) -> None:
    """Make each client of a class watch its connections; nothing is imported before they are used.

    A client that nobody records makes the connections that it always made.
    """
    known = vars(kind).get("realtime")
    if isinstance(known, cached_property) and not isinstance(known, _Watched):
        made = _Watched(known.func, who)
        made.__set_name__(kind, "realtime")
        kind.realtime = made


class _Watched(cached_property[Any]):
    def __init__(self, function: Callable[[Any], Any], who: Who) -> None:
        super().__init__(function)
        self._who = who

    def __get__(self, client: Any, owner: Any = None) -> Any:
        resource = super().__get__(client, owner)
        if client is not None:
            guarded(_attach, client, resource, self._who, otherwise=lambda _: None)
        return resource


def _attach(client: Any, resource: Any, who: Who) -> None:
    plain = resource.connect

    @functools.wraps(plain)
    def connect(**given: Any) -> Any:
        manager, logger = plain(**given), who(client)
        if logger is not None:
            model = given.get("model")
            named = model if isinstance(model, str) else None
            manager.llmlog_session = lambda: _session(client, logger, named)
            kind: Any = type(manager)
            manager.__class__ = _recorded(kind)
        return manager

    if not hasattr(vars(resource).get("connect"), "__wrapped__"):
        resource.connect = connect


def _session(client: Any, logger: Logger, model: str | None) -> Call:
    provider = provider_of(client)
    return begin(logger, {
        "kind": "chain", "name": "realtime", "model": model, "provider": provider.name,
        "server_address": provider.address, "server_port": provider.port, "api_key": key_of(client),
        **({"deployment": model} if provider.name == "azure.ai.openai" else {}),
    })  # fmt: skip


@lru_cache(maxsize=8)
def _recorded(kind: Any) -> Any:
    """Return the class of a manager whose connections are watched."""

    class Recorded(kind):  # type: ignore[misc]
        def __enter__(self) -> Any:
            session = self.llmlog_session().start()
            with _told(session.fail):
                connection = super().__enter__()
            return _tapped(connection, Conversation(session))

    class RecordedAsync(kind):  # type: ignore[misc]
        async def __aenter__(self) -> Any:
            session = self.llmlog_session()
            await session.logger.before_async(session)
            with _told(session.fail):
                connection = await super().__aenter__()
            return _tapped_async(connection, Conversation(session))

    made: Any = RecordedAsync if hasattr(kind, "__aenter__") else Recorded
    made.enter = made.__aenter__ if made is RecordedAsync else made.__enter__
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(made, name, getattr(kind, name))
    return made


@contextmanager
def _told(take: Callable[[BaseException], object]) -> Iterator[None]:
    """Tell of an exception that passes."""
    try:
        yield
    except BaseException as problem:
        guarded(take, problem, otherwise=lambda _: None)
        raise


def _tapped(connection: Any, conversation: Conversation) -> Any:
    recv, send, close = connection.recv_bytes, connection.send, connection.close

    @functools.wraps(recv)
    def recv_bytes() -> Any:
        with _told(conversation.broke):
            data = recv()
        conversation.received(data)
        return data

    @functools.wraps(send)
    def recorded_send(event: Any) -> None:
        call = conversation.asked(event)
        if call is not None:
            conversation.sent(call.start())
        send(event)

    @functools.wraps(close)
    def recorded_close(*args: Any, **kwargs: Any) -> None:
        guarded(conversation.end, otherwise=lambda _: None)
        close(*args, **kwargs)

    connection.recv_bytes, connection.send = recv_bytes, recorded_send
    connection.close = recorded_close
    return connection


def _tapped_async(connection: Any, conversation: Conversation) -> Any:
    recv, send, close = connection.recv_bytes, connection.send, connection.close

    @functools.wraps(recv)
    async def recv_bytes() -> Any:
        with _told(conversation.broke):
            data = await recv()
        conversation.received(data)
        return data

    @functools.wraps(send)
    async def recorded_send(event: Any) -> None:
        call = conversation.asked(event)
        if call is not None:
            await call.logger.before_async(call)
            conversation.sent(call)
        await send(event)

    @functools.wraps(close)
    async def recorded_close(*args: Any, **kwargs: Any) -> None:
        guarded(conversation.end, otherwise=lambda _: None)
        await close(*args, **kwargs)

    connection.recv_bytes, connection.send = recv_bytes, recorded_send
    connection.close = recorded_close
    return connection
