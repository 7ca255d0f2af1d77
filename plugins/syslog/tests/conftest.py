"""A listener for streams and datagrams, and syslog-ng."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, create_server, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from servers import syslog_ng
from servers.process import HOST
from servers.service import Service, serving


class Listener(ThreadingTCPServer):
    """Takes counted messages over TCP."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        super().__init__((HOST, 0), Reader)

    @property
    def url(self) -> str:
        return f"tcp://{HOST}:{self.server_address[1]}"


class Reader(StreamRequestHandler):
    """Reads a length, a space, and as many bytes."""

    def handle(self) -> None:
        while digits := self._digits():
            self.server.messages.append(self.rfile.read(int(digits)))

    def _digits(self) -> bytes:
        found = b""
        while (sign := self.rfile.read(1)).isdigit():
            found += sign
        return found


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def syslog_server(tmp_path: Path) -> Iterator[Service]:
    """Serve syslog-ng."""
    with serving(syslog_ng.service(tmp_path)) as service:
        yield service


@pytest.fixture
def udp() -> Iterator[socket]:
    """Take datagrams."""
    with socket(AF_INET, SOCK_DGRAM) as made:
        made.bind((HOST, 0))
        made.settimeout(10)
        yield made


@pytest.fixture
def waiting() -> Iterator[socket]:
    """Wait for a connection."""
    with create_server((HOST, 0)) as made:
        made.settimeout(10)
        yield made
