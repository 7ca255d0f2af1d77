"""A listener, and the server of the protocol's authors."""

from __future__ import annotations

from collections.abc import Iterator
from socket import AF_INET, SOCK_DGRAM, socket

import pytest
from servers import statsd
from servers.process import HOST
from servers.service import Service, serving


class Listener:
    """Takes datagrams on loopback; they are there as soon as they are sent."""

    def __init__(self) -> None:
        self.socket = socket(AF_INET, SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.socket.setblocking(False)
        self.got: list[tuple[object, bytes]] = []

    @property
    def url(self) -> str:
        return f"udp://{HOST}:{self.socket.getsockname()[1]}"

    def datagrams(self, sender: object = None) -> list[bytes]:
        while True:
            try:
                content, address = self.socket.recvfrom(65_536)
            except BlockingIOError:
                return [text for address, text in self.got if sender in (None, address)]
            self.got.append((address, content))


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.socket.close()


@pytest.fixture(scope="session")
def statsd_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve statsd."""
    with serving(statsd.service(tmp_path_factory.mktemp("statsd"))) as service:
        yield service
