"""A listener for streams and datagrams, and syslog-ng."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, create_server, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from attrs import frozen
from servers.absence import last_line, program, unavailable
from servers.process import HOST, free_ports
from servers.waiting import eventually


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


CONFIG = """@version: 3.38
options {{ keep-hostname(yes); log-msg-size(262144); stats-freq(0); }};
source all {{
  syslog(ip("127.0.0.1") transport("tcp") port({tcp}) flags(no-multi-line));
  syslog(ip("127.0.0.1") transport("udp") port({udp}));
}};
destination file {{ file("{folder}/out.json"
  template("$(format-json --scope rfc5424,sdata --key ISODATE --key FACILITY --key LEVEL)\n")); }};
log {{ source(all); destination(file); flags(flow-control); }};
"""


@frozen
class SyslogNG:
    """A running syslog-ng and the file that it writes."""

    tcp: str
    udp: str
    out: Path


@pytest.fixture
def syslog_server(tmp_path: Path) -> Iterator[SyslogNG]:
    """Serve syslog-ng."""
    command = program("syslog-ng", "syslog-ng", package="syslog-ng-core")
    ports = free_ports(("tcp", "udp"))
    (tmp_path / "conf").write_text(CONFIG.format(folder=tmp_path, **ports))
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [command, "-F", "--no-caps", "-f", tmp_path / "conf", "-R", tmp_path / "persist",
         "-p", tmp_path / "pid", "-c", tmp_path / "ctl"], stdout=log, stderr=log,
    )  # fmt: skip
    try:
        eventually(lambda: _ready(ports["tcp"]) or process.poll() is not None, seconds=30)
        if process.poll() is not None:
            unavailable("syslog-ng", last_line(tmp_path / "log"))
        yield SyslogNG(f"tcp://{HOST}:{ports['tcp']}", f"udp://{HOST}:{ports['udp']}",
                       tmp_path / "out.json")  # fmt: skip
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _ready(port: int) -> bool:
    with socket() as made:
        return made.connect_ex((HOST, port)) == 0


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
