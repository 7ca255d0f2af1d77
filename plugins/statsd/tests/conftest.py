"""A listener, and the server of the protocol's authors."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket

import pytest
from servers.absence import last_line, unavailable
from servers.environment import cache_folder
from servers.process import HOST, free_ports
from servers.waiting import eventually


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


VERSION = "0.9.0"
CONFIG = """{{ port: {udp}, address: "127.0.0.1", mgmt_port: {mgmt}, mgmt_address: "127.0.0.1",
  flushInterval: 600000, backends: [], dumpMessages: false }}"""


def program() -> tuple[str, Path]:
    """Return node and the script of statsd, which npm installs once."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        unavailable("statsd", "node is not installed: apt-get install nodejs npm")
    folder = cache_folder() / f"statsd-{VERSION}"
    script = folder / "node_modules" / "statsd" / "stats.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-optional", "--no-audit", f"statsd@{VERSION}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
        if done.returncode or not script.exists():
            unavailable("statsd", f"npm ended with code {done.returncode}")
    return node, script


class StatsD:
    """A running statsd."""

    def __init__(self, udp: int, mgmt: int) -> None:
        self.url = f"udp://{HOST}:{udp}"
        self._mgmt = mgmt

    def asked(self, command: str) -> str:
        """Ask the management port, and return all up to END."""
        from socket import create_connection

        with create_connection((HOST, self._mgmt), timeout=10) as made:
            made.sendall(f"{command}\n".encode())
            text = b""
            while b"END" not in text and (piece := made.recv(65_536)):
                text += piece
        return text.decode()


@pytest.fixture(scope="session")
def statsd_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StatsD]:
    """Serve statsd."""
    node, script = program()
    folder, ports = tmp_path_factory.mktemp("statsd"), free_ports(("udp", "mgmt"))
    (folder / "config.js").write_text(CONFIG.format(**ports))
    log = (folder / "log").open("wb")
    process = subprocess.Popen([node, str(script), "config.js"], cwd=folder, stdout=log, stderr=log)
    server = StatsD(**ports)

    def ready() -> bool:
        try:
            return "END" in server.asked("counters")
        except OSError:
            return process.poll() is not None

    try:
        eventually(ready, seconds=30)
        if process.poll() is not None:
            unavailable("statsd", last_line(folder / "log"))
        yield server
    finally:
        process.terminate()
        process.wait(10)
        log.close()
