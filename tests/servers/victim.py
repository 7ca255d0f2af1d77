"""A server that is killed under load, and what it holds in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from llmlog import Payload
from llmlog.testing import FaultProxy
from llmlog.testing.proxy import NONE
from servers.process import HOST
from servers.service import Mortal, Service, numbered

Ids = Sequence[str]


@frozen(kw_only=True)
class Victim:
    """A plugin, the server that it writes to, and how to read back what is there.

    `lives` returns the ids that the server held in each of its lives: one of a server that finds
    everything again after it was killed, two of one that forgets. `call` makes a call of a number.
    """

    plugin: str
    settings: Mapping[str, Any]
    server: Mortal
    lives: Callable[[], Sequence[Ids]]
    call: Callable[[int], Payload] = field(default=numbered)


def remembering(plugin: str, service: Service, read: Callable[[], Ids], **settings: Any) -> Victim:
    """Return a server that keeps what it has on disk."""
    return Victim(plugin=plugin, settings=settings, server=service, lives=lambda: [read()])


class Forgetful:
    """A server that keeps nothing, behind a proxy that goes down with it.

    To kill it cuts every connection, replies included. Then nobody writes any more, and what it
    holds is read, whole; then it dies.
    """

    def __init__(
        self, service: Service, read: Callable[[], Ids], prepare: Callable[[], object]
    ) -> None:
        self._service = service
        self._read = read
        self._prepare = prepare
        self.proxy = FaultProxy(f"http://{HOST}:{service.port}")
        self._before: Ids = ()

    def kill(self) -> None:
        """Cut, read, kill."""
        self.proxy.cut()
        self._before = self._read()
        self._service.kill()

    def start(self) -> None:
        """Start it empty, make what it needs, and let connections through again."""
        self._service.start()
        self._prepare()
        self.proxy.default = NONE

    def lives(self) -> Sequence[Ids]:
        """Return what it held in its first life and what it holds now."""
        return [self._before, self._read()]
