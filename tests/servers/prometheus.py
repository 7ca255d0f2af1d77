"""Prometheus, which scrapes a target twice a second, and promtool, which checks what is exposed.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from servers import api
from servers.absence import program
from servers.process import HOST, Launch, Server
from servers.service import Service

NAME = "prometheus"
SCRAPE_INTERVAL = "500ms"
CHECK_SECONDS = 30


@frozen
class Sample:
    """One series of a query's result, with its latest value."""

    labels: Mapping[str, str]
    value: float


@frozen
class Check:
    """What promtool says: 0 is clean, 1 does not parse, 3 parses but breaks a convention."""

    code: int
    complaints: str


def launch(target: str, folder: Path) -> Launch:
    """Say how to start it for one target, `host:port`, which serves `/metrics`."""
    config = folder / "prometheus.json"
    config.write_text(json.dumps(_config(target)), encoding="utf-8")
    command = (
        program(NAME, "prometheus", package=NAME),
        f"--config.file={config}",
        "--storage.tsdb.path={folder}/data",
        f"--web.listen-address={HOST}:{{http}}",
    )
    return Launch(NAME, command, ready="/-/ready")


def receiver(folder: Path) -> Launch:
    """Say how to start one that takes remote write, and scrapes nothing."""
    (folder / "config.json").write_text(json.dumps({"scrape_configs": []}), encoding="utf-8")
    command = (program(NAME, "prometheus", package=NAME),
               "--config.file={folder}/config.json", "--storage.tsdb.path={folder}/data",
               f"--web.listen-address={HOST}:{{http}}", "--web.enable-remote-write-receiver",
               "--query.lookback-delta=1h")  # fmt: skip
    return Launch(NAME, command, ready="/-/ready")


def gateway() -> Launch:
    """Say how to start a Pushgateway, which forgets all when it ends."""
    name = "prometheus-pushgateway"
    command = (program(name, name, package=name), f"--web.listen-address={HOST}:{{http}}")
    return Launch("pushgateway", command, ready="/-/ready")


def query(server: Server | Service, expression: str) -> list[Sample]:
    """Evaluate an expression now."""
    result = api.get(server, "/api/v1/query", query=expression)["data"]["result"]
    return [Sample(each["metric"], float(each["value"][1])) for each in result]


def check_metrics(exposed: str) -> Check:
    """Let promtool parse and lint what a target exposes."""
    promtool = program("promtool", "promtool", package=NAME)
    command = [promtool, "check", "metrics"]
    done = subprocess.run(
        command, input=exposed, capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
    )
    return Check(done.returncode, (done.stdout + done.stderr).strip())


def _config(target: str) -> dict[str, object]:
    scrape = {"job_name": "tests", "static_configs": [{"targets": [target]}]}
    return {
        "global": {"scrape_interval": SCRAPE_INTERVAL, "scrape_timeout": SCRAPE_INTERVAL},
        "scrape_configs": [scrape],
    }
