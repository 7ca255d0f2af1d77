"""InfluxDB of version 1, and VictoriaMetrics with the API of version 2.

https://docs.influxdata.com/influxdb/v1/
"""

from __future__ import annotations

import sys

from servers.absence import program
from servers.process import HOST, Launch

CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
"""
START = """
import os, pathlib, sys
template, folder, http, rpc, command = sys.argv[1:]
config = pathlib.Path(folder, "influx.conf")
config.write_text(template.format(folder=folder, http=http, rpc=rpc))
os.execv(command, [command, "-config", str(config)])
"""


def influxdb() -> Launch:
    """Say how to start InfluxDB."""
    command = program("influxdb", "influxd", package="influxdb")
    template = CONFIG.replace("{", "{{").replace("}", "}}")
    parts = (sys.executable, "-c", START.replace("{", "{{").replace("}", "}}"), template,
             "{folder}", "{http}", "{rpc}", command)  # fmt: skip
    return Launch("influxdb", parts, ready="/ping", ports=("http", "rpc"))


def victoria() -> Launch:
    """Say how to start VictoriaMetrics, which has the API of version 2."""
    command = (program("victoria-metrics", "victoria-metrics", package="victoria-metrics"),
               f"-httpListenAddr={HOST}:{{http}}", "-storageDataPath={folder}/data",
               "-retentionPeriod=100y", "-search.latencyOffset=0s")  # fmt: skip
    return Launch("victoria-metrics", command, ready="/health")
