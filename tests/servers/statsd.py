"""statsd, by the authors of the protocol.

https://github.com/statsd/statsd/blob/master/docs/admin_interface.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from socket import create_connection

from servers.absence import program
from servers.npm import package
from servers.process import HOST, free_ports
from servers.service import Service

VERSION = "0.9.0"
CONFIG = """{{ port: {udp}, address: "127.0.0.1", mgmt_port: {mgmt}, mgmt_address: "127.0.0.1",
  flushInterval: 600000, backends: [], dumpMessages: false }}"""


def service(folder: Path) -> Service:
    """Return it; its ports are `mgmt`, which is asked, and `udp`."""
    ports = free_ports(("mgmt", "udp"))
    (folder / "config.js").write_text(CONFIG.format(**ports))
    script = package("statsd", VERSION) / "stats.js"
    command = (program("statsd", "node", "nodejs"), script, "config.js")
    return Service("statsd", command, folder, ports=ports)


def counters(service: Service) -> Mapping[str, float]:
    """Return what it has counted."""
    with create_connection((HOST, service.ports["mgmt"]), timeout=10) as made:
        made.sendall(b"counters\n")
        text = b""
        while b"END" not in text and (piece := made.recv(65_536)):
            text += piece
    plain = text.decode().rpartition("END")[0]
    found: Mapping[str, float] = json.loads(re.sub(r"([{,]\s*)'?([\w.\-]+)'?:", r'\1"\2":', plain))
    return found
