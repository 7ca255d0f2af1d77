"""InfluxDB of version 1, and VictoriaMetrics with the API of version 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from servers import api
from servers.absence import program
from servers.process import HOST, Launch, Server, running

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


def _influxdb() -> Launch:
    command = program("influxdb", "influxd", package="influxdb")
    template = CONFIG.replace("{", "{{").replace("}", "}}")
    parts = (sys.executable, "-c", START.replace("{", "{{").replace("}", "}}"), template,
             "{folder}", "{http}", "{rpc}", command)  # fmt: skip
    return Launch("influxdb", parts, ready="/ping", ports=("http", "rpc"))


def _victoria() -> Launch:
    command = (program("victoria-metrics", "victoria-metrics", package="victoria-metrics"),
               f"-httpListenAddr={HOST}:{{http}}", "-storageDataPath={folder}/data",
               "-retentionPeriod=100y", "-search.latencyOffset=0s")  # fmt: skip
    return Launch("victoria-metrics", command, ready="/health")


@pytest.fixture(scope="session")
def influxdb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve InfluxDB, with the database `llmlog`."""
    with running(_influxdb(), tmp_path_factory.mktemp("influxdb")) as server:
        api.ask(server, "POST", "/query", params={"q": "CREATE DATABASE llmlog"})
        yield server


@pytest.fixture(scope="session")
def victoria_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve VictoriaMetrics."""
    with running(_victoria(), tmp_path_factory.mktemp("victoria")) as server:
        yield server
