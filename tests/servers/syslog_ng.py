"""syslog-ng, which takes messages apart and writes what it understood as lines of JSON.

https://syslog-ng.github.io/
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from servers.absence import program
from servers.process import free_ports
from servers.service import Service

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


def service(folder: Path) -> Service:
    """Return it; its ports are `tcp` and `udp`."""
    ports = free_ports(("tcp", "udp"))
    (folder / "conf").write_text(CONFIG.format(folder=folder, **ports))
    command = (program("syslog-ng", "syslog-ng", package="syslog-ng-core"), "-F", "--no-caps",
               "-f", "{folder}/conf", "-R", "{folder}/persist", "-p", "{folder}/pid",
               "-c", "{folder}/ctl")  # fmt: skip
    return Service("syslog-ng", command, folder, ports=ports)


def lines(service: Service) -> list[Any]:
    """Return what it understood, without a line that is being written."""
    out = service.folder / "out.json"
    text = out.read_text() if out.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]
