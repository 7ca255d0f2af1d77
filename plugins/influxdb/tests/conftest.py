"""InfluxDB of version 1, and VictoriaMetrics with the API of version 2."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers import api, influx
from servers.process import Server, running


@pytest.fixture(scope="session")
def influxdb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve InfluxDB, with the database `llmlog`."""
    with running(influx.influxdb(), tmp_path_factory.mktemp("influxdb")) as server:
        api.ask(server, "POST", "/query", params={"q": "CREATE DATABASE llmlog"})
        yield server


@pytest.fixture(scope="session")
def victoria_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve VictoriaMetrics."""
    with running(influx.victoria(), tmp_path_factory.mktemp("victoria")) as server:
        yield server
