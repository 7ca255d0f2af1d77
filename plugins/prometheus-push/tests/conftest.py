"""Prometheus as a receiver of remote write, and a Pushgateway."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from servers.absence import program
from servers.process import HOST, Launch, Server, running


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve Prometheus, which takes remote write."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "config.json").write_text(json.dumps({"scrape_configs": []}))
    command = (program("prometheus", "prometheus", package="prometheus"),
               "--config.file={folder}/config.json", "--storage.tsdb.path={folder}/data",
               f"--web.listen-address={HOST}:{{http}}", "--web.enable-remote-write-receiver",
               "--query.lookback-delta=1h")  # fmt: skip
    with running(Launch("prometheus", command, ready="/-/ready"), folder) as server:
        yield server


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a Pushgateway."""
    name = "prometheus-pushgateway"
    command = (program(name, name, package=name), f"--web.listen-address={HOST}:{{http}}")
    launch = Launch("pushgateway", command, ready="/-/ready")
    with running(launch, tmp_path_factory.mktemp("pushgateway")) as server:
        yield server
