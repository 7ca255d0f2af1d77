"""Run a server on loopback for as long as a test needs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
from attrs import field, frozen

from servers.absence import last_line, unavailable
from servers.waiting import PAUSE_SECONDS

HOST = "127.0.0.1"
STARTS = 2
STOP_SECONDS = 10
KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR")


@frozen
class Launch:
    """How to start one server.

    `command` and `env` may name `{folder}`, the server's own scratch folder, and each of its
    `ports`, as in `{http}`. The server is ready when `ready`, a path on the port `http`, answers
    2xx and every port accepts connections.
    """

    name: str
    command: Sequence[str | Path]
    ready: str
    ports: Sequence[str] = ("http",)
    env: Mapping[str, str] = field(factory=dict)
    seconds: float = 30.0


@frozen(eq=False)
class Server:
    """A running server; `ports` are known by what they speak, `url` is that of `http`."""

    name: str
    url: str
    ports: Mapping[str, int]
    log_path: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def otlp_url(self) -> str:
        """Where it takes OTLP over HTTP."""
        return self.endpoint("otlp") if "otlp" in self.ports else self.url

    @property
    def grpc_url(self) -> str:
        """Where it takes OTLP over gRPC."""
        return self.endpoint("grpc")

    def endpoint(self, port: str) -> str:
        """Return the URL of one port."""
        return f"http://{HOST}:{self.ports[port]}"


@contextmanager
def running(launch: Launch, folder: Path) -> Iterator[Server]:
    """Start a server, wait until it answers, and stop it at the end.

    A server that ends at once gets a second try on other ports. One that does not come up skips
    the test, with the last line of its log.
    """
    problem = ""
    for _ in range(STARTS):
        with _spawned(launch, folder) as server:
            problem = _problem(server, launch)
            if not problem:
                yield server
                return
            if server.process.poll() is None:
                break
    unavailable(launch.name, problem)


def free_ports(names: Sequence[str]) -> dict[str, int]:
    """Return a free loopback port for each name."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for each in sockets:
            each.bind((HOST, 0))
        return {name: each.getsockname()[1] for name, each in zip(names, sockets, strict=True)}


@contextmanager
def _spawned(launch: Launch, folder: Path) -> Iterator[Server]:
    ports = free_ports(launch.ports)
    log_path = folder / "server.log"
    process = _popen(launch, {"folder": folder, **ports}, log_path)
    try:
        yield Server(launch.name, f"http://{HOST}:{ports['http']}", ports, log_path, process)
    finally:
        _stop(process)


def _popen(launch: Launch, values: Mapping[str, object], log_path: Path) -> subprocess.Popen[bytes]:
    """Start the process as the leader of its own group, in a small environment."""
    command = [str(part).format_map(values) for part in launch.command]
    own = {name: text.format_map(values) for name, text in launch.env.items()}
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with log_path.open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=log_path.parent,
            env=kept | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _problem(server: Server, launch: Launch) -> str:
    """Wait until the server is ready; return "" then, or what is wrong."""
    deadline = time.monotonic() + launch.seconds
    while not _ready(server, launch):
        code = server.process.poll()
        if code is not None:
            return f"ended with code {code}: {last_line(server.log_path)}"
        if time.monotonic() > deadline:
            return f"not ready in {launch.seconds:g} s: {last_line(server.log_path)}"
        time.sleep(PAUSE_SECONDS)
    return ""


def _ready(server: Server, launch: Launch) -> bool:
    try:
        for port in server.ports.values():
            socket.create_connection((HOST, port), timeout=1).close()
        return httpx.get(server.url + launch.ready, timeout=5, trust_env=False).is_success
    except (OSError, httpx.HTTPError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group: by request, then by force."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
