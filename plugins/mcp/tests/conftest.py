"""Sessions of real MCP clients with a server in this process, on a loop of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from llmlog import Logger
from llmlog.testing.records import Records

sys.path.insert(0, str(Path(__file__).parent))


def connect() -> Any:
    """Return an async context manager that gives a session with the server."""
    from server import server

    try:
        from mcp import Client
    except ImportError:  # before version 2
        from mcp.shared.memory import create_connected_server_and_client_session

        return create_connected_server_and_client_session(server._mcp_server)
    return Client(server)


class Sessions:
    """Sessions that live on a loop in another thread, so that tests may be sync."""

    def __init__(self, portal: BlockingPortal, stack: ExitStack) -> None:
        self.portal = portal
        self._stack = stack

    def open(self, *, knows_tools: bool = True) -> Any:
        """Return a session with the server; one that knows no tools lists them by itself."""
        given: AbstractContextManager[Any] = self.portal.wrap_async_context_manager(connect())
        client = self._stack.enter_context(given)
        session = getattr(client, "session", client)
        if knows_tools:
            self.ask(session.list_tools)
        return session

    def ask(self, method: Any, *args: Any) -> Any:
        """Await a method of a session, in the caller's context."""
        return self.portal.call(method, *args)


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    with start_blocking_portal() as portal, ExitStack() as stack:
        yield Sessions(portal, stack)


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what a Logger of its own records; `records.logger` is the Logger."""
    made = Records()
    with Logger(plugins=[made], environ={}, file=False) as logger:
        made.logger = logger
        yield made


@pytest.fixture
def session(sessions: Sessions, records: Records) -> Any:
    """Return a session that is recorded."""
    assert records.logger is not None
    return records.logger.wrap(sessions.open())
