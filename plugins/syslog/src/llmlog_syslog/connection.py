"""How messages travel: as datagrams, or counted in a stream (RFC 6587, section 3.4.1)."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from socket import SOCK_DGRAM, SOCK_STREAM, create_connection, getaddrinfo, socket

from attrs import frozen

from llmlog_syslog.settings import Settings


@frozen(eq=False)
class Connection:
    """A connected socket. In a stream each message has its length before it."""

    socket: socket
    stream: bool

    def write(self, messages: Sequence[bytes]) -> None:
        """Send messages; raise `OSError` when the server is gone."""
        if self.stream:
            self._still_there()
            self.socket.sendall(b"".join(b"%d %b" % (len(each), each) for each in messages))
            return
        for each in messages:
            self.socket.send(each)

    def _still_there(self) -> None:
        """Raise `ConnectionResetError` when the server has ended the connection.

        Syslog has no acknowledgement: what is written after the end would be lost without a word.
        """
        timeout = self.socket.gettimeout()
        self.socket.settimeout(0.0)
        try:
            if self.socket.recv(1) == b"":
                raise ConnectionResetError("the server has ended the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            self.socket.settimeout(timeout)

    def close(self) -> None:
        """Let go of the server."""
        self.socket.close()


def connect(settings: Settings) -> Connection:
    """Open the way that the address names."""
    scheme = settings.parts.scheme
    if scheme in ("unix", "unixgram"):
        return _unix(settings.parts.path, stream=scheme == "unix")
    if scheme == "udp":
        family, kind, protocol, _, where = getaddrinfo(*settings.host_and_port, type=SOCK_DGRAM)[0]
        made = socket(family, kind, protocol)
        made.connect(where)
        return Connection(made, stream=False)
    plain = create_connection(settings.host_and_port, settings.timeout_s)
    return Connection(_tls(settings, plain) if scheme == "tls" else plain, stream=True)


def _unix(path: str, *, stream: bool) -> Connection:
    from socket import AF_UNIX

    made = socket(AF_UNIX, SOCK_STREAM if stream else SOCK_DGRAM)
    made.connect(path)
    return Connection(made, stream=stream)


def _tls(settings: Settings, plain: socket) -> socket:
    context = ssl.create_default_context(cafile=settings.ca_file)
    return context.wrap_socket(plain, server_hostname=settings.host_and_port[0])
