"""Count LLM calls with StatsD or DogStatsD.

https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/ and
https://github.com/statsd/statsd/blob/master/docs/metric_types.md
"""

from __future__ import annotations

from collections.abc import Iterator
from socket import AF_INET, AF_INET6, SOCK_DGRAM, getaddrinfo, socket
from typing import Final

from llmlog import HookPlugin, Payload, hookimpl
from llmlog_statsd.metric import lines
from llmlog_statsd.settings import Settings

__all__ = ["Metrics", "Settings", "exporter"]

UDP_BYTES: Final = 1432
"""What one packet of an ordinary network holds; both makers advise it."""
SOCKET_BYTES: Final = 8192


class Metrics:
    """Sends the metrics of each call when it ends, in as few datagrams as hold them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.socket = _connected(settings)

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        """Count a call that succeeded."""
        self._count(payload)

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        """Count any other call."""
        self._count(payload)

    def _count(self, payload: Payload) -> None:
        most = SOCKET_BYTES if self._settings.path else UDP_BYTES
        for datagram in datagrams(lines(self._settings, payload), most):
            try:
                self.socket.send(datagram)
            except ConnectionRefusedError:  # nobody listened to an earlier one; StatsD may be late
                self.socket.send(datagram)

    def check(self) -> str:
        """Say where the metrics go; nobody answers there."""
        return f"sends to {self.socket.getpeername()}; StatsD does not answer"

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def datagrams(made: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Join lines to datagrams of at most `most` bytes."""
    packed = b""
    for line in made:
        if packed and len(packed) + 1 + len(line) > most:
            yield packed
            packed = b""
        packed = packed + b"\n" + line if packed else line
    if packed:
        yield packed


def _connected(settings: Settings) -> socket:
    if settings.path:
        from socket import AF_UNIX

        made, address = socket(AF_UNIX, SOCK_DGRAM), settings.path
        made.connect(address)
        return made
    found = getaddrinfo(settings.server, settings.server_port, type=SOCK_DGRAM)
    family, *_, where = next(each for each in found if each[0] in (AF_INET, AF_INET6))
    made = socket(family, SOCK_DGRAM)
    made.connect(where)
    return made


exporter = HookPlugin(name="statsd", settings=Settings, make=Metrics)
