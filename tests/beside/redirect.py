"""Lead a process to one port of this machine, whatever host it looks for."""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def redirect(port: int) -> None:
    """Resolve every name and address to one port on loopback."""

    def nearby(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    connect = socket.socket.connect

    def led(self: socket.socket, address: object) -> None:
        connect(self, ("127.0.0.1", port) if self.family == socket.AF_INET else address)

    socket.getaddrinfo = nearby  # type: ignore[assignment]
    socket.socket.connect = led  # type: ignore[method-assign,assignment]


def each_alone(ports: dict[str, int], one: Callable[[str, str, int], None], at_once: int) -> None:
    """Do something for each `name/case` in a process of its own; what it prints goes to a file."""
    running: set[int] = set()
    for name, port in ports.items():
        while len(running) >= at_once:
            running.discard(os.wait()[0])
        if pid := os.fork():
            running.add(pid)
        else:
            _alone(name, port, one)
    while running:
        running.discard(os.wait()[0])


def _alone(name: str, port: int, one: Callable[[str, str, int], None]) -> None:
    said = os.open(Path(os.environ["BESIDE_FOLDER"]) / f"{name.replace('/', '-')}.txt",
                   os.O_WRONLY | os.O_CREAT | os.O_TRUNC)  # fmt: skip
    os.dup2(said, 1)
    os.dup2(said, 2)
    try:
        redirect(port)
        one(*name.split("/"), port)
    except BaseException:  # a fork must not return into what its parent does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)
