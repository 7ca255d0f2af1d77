"""Serve Phoenix with its gRPC port on one host: `python phoenix_serve.py HOST`.

Phoenix binds gRPC to every interface and has no setting for it. Runs in the environment of
`phoenix.py`, outside the tests, with `-I`: the modules beside it are named like packages that the
server imports.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def bind_to(host: str) -> None:
    """Make gRPC servers of this process listen on `host` where they ask for every interface."""
    server: Any = import_module("grpc.aio._server").Server
    add_port = server.add_insecure_port

    def add_port_on_host(self: object, address: str) -> int:
        port: int = add_port(self, address.replace("[::]", host))
        return port

    server.add_insecure_port = add_port_on_host


if __name__ == "__main__":
    bind_to(sys.argv[1])
    sys.argv = ["phoenix", "serve"]
    import_module("phoenix.server.main").main()
