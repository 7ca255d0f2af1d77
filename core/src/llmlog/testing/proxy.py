"""A TCP proxy on loopback that spoils connections as it is told."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

from attrs import frozen

_PIECE = 65_536


@frozen(kw_only=True)
class Fault:
    """What happens to one connection; all of its fields together, none of them by default.

    `refuse` resets it at once, `hang` takes it and stays silent. After `request_bytes` from the
    client it is reset; after `reply_bytes` from the server it ends, with `reset` by a reset. With
    0 reply bytes the server has done its work and nobody learns of it. Replies come in pieces of
    `piece` bytes, each `delay_s` seconds late.
    """

    name: str
    refuse: bool = False
    hang: bool = False
    request_bytes: int | None = None
    reply_bytes: int | None = None
    reset: bool = False
    piece: int = _PIECE
    delay_s: float = 0.0


NONE = Fault(name="none")
DOWN = Fault(name="down", refuse=True)
FAULTS = (
    Fault(name="refused", refuse=True),
    Fault(name="silence", hang=True),
    Fault(name="reset in the request", request_bytes=100),
    Fault(name="reply lost", reply_bytes=0),
    Fault(name="reply lost by reset", reply_bytes=0, reset=True),
    Fault(name="reply cut short", reply_bytes=40),
    Fault(name="reset in the reply", reply_bytes=40, reset=True),
    Fault(name="late", delay_s=0.2),
    Fault(name="drop by drop", piece=1),
)
"""One of each kind."""


def at_random(seed: int, share: float, *faults: Fault) -> Callable[[], Fault]:
    """Return what draws a fault for a `share` of all connections, the same for equal seeds."""
    chance = random.Random(seed)  # noqa: S311
    return lambda: chance.choice(faults or FAULTS) if chance.random() < share else NONE


class FaultProxy:
    """Use it as `with FaultProxy(endpoint.url) as proxy`; `proxy.url` stands in for that address.

    Scripted faults are used up in order, one per connection; then `default` says what happens.
    `happened` counts connections by the name of what happened to them.
    """

    def __init__(
        self, target: str, *script: Fault, default: Fault | Callable[[], Fault] = NONE
    ) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._script = deque(script)
        self.default = default
        self.happened: Counter[str] = Counter()
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._beginning = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{parts.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def script(self, *faults: Fault) -> None:
        """Add faults to those that are waiting."""
        self._script.extend(faults)

    def cut(self) -> None:
        """Reset every connection and refuse new ones, until `default` is set again."""
        with self._beginning:
            self.default = DOWN
            for connection in list(self._open):
                self._end(connection, reset=True)

    def _next(self) -> Fault:
        if self._script:
            return self._script.popleft()
        return self.default if isinstance(self.default, Fault) else self.default()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._stopping.is_set():
                client, _ = self._listener.accept()
                with self._beginning:
                    fault = self._next()
                    self.happened[fault.name] += 1
                    self._begin(client, fault)

    def _begin(self, client: socket.socket, fault: Fault) -> None:
        self._open.add(client)
        if fault.refuse:
            self._end(client, reset=True)
        elif not fault.hang:
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                self._end(client, reset=True)
                return
            self._open.add(server)
            for pump in (self._ask, self._answer):
                threading.Thread(target=pump, args=(client, server, fault), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, fault: Fault) -> None:
        """Carry the request."""
        left = fault.request_bytes
        with suppress(OSError):
            while piece := client.recv(_PIECE if left is None else min(left, _PIECE)):
                server.sendall(piece)
                if left is not None and not (left := left - len(piece)):
                    self._end(client, reset=True)
                    break
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket, fault: Fault) -> None:
        """Carry the reply."""
        left = fault.reply_bytes
        with suppress(OSError):
            while piece := server.recv(fault.piece):
                self._stopping.wait(fault.delay_s)
                client.sendall(piece if left is None else piece[:left])
                if left is not None and (left := max(0, left - len(piece))) == 0:
                    break
        self._end(client, reset=fault.reset)
        self._end(server)

    def _end(self, connection: socket.socket, *, reset: bool = False) -> None:
        self._open.discard(connection)
        with suppress(OSError):
            if reset:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            else:
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            self._end(connection)
