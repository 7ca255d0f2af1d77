"""Against InfluxDB 1.6, and the API of version 2 of VictoriaMetrics."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from servers import api
from servers.process import Server
from servers.waiting import eventually

from llmlog import Logger, Payload
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, sample
from llmlog.testing.contract.canary import awkward
from llmlog_influxdb.point import fields

pytestmark = pytest.mark.server


def log(server: Server, measurement: str, *batch: Payload, version: str = "v1") -> LaneStats:
    values = {"url": server.url, "api": version, "measurement": measurement, "batch_age_s": 5.0}
    with Logger(plugins=["influxdb"], environ={}, file=False,
                plugin={"influxdb": values}) as logger:  # fmt: skip
        for payload in batch:
            logger.log(payload)
        assert logger.flush(20).complete, logger.stats()
        return logger.stats()[-1]


def rows(server: Server, measurement: str) -> dict[str, Any]:
    """Return all points by the id of the call, without what is absent."""
    found = api.get(server, "/query", db="llmlog", q=f'SELECT * FROM "{measurement}"')
    (series,) = found["results"][0]["series"]
    made = (dict(zip(series["columns"], row, strict=True)) for row in series["values"])
    return {
        row["id"]: {key: value for key, value in row.items() if value is not None} for row in made
    }


def test_every_sample_is_a_point(influxdb_server: Server) -> None:
    stats = log(influxdb_server, "calls", *(sample(name) for name in SAMPLES))
    assert (stats.delivered, stats.lost) == (len(SAMPLES), 0)
    found = rows(influxdb_server, "calls")
    for name in SAMPLES:
        row = found[sample(name).id]
        for field, value in fields(sample(name)).items():
            assert row[field] == value, (name, field)
        assert row["status"] == sample(name).status


def test_odd_texts_come_back(influxdb_server: Server) -> None:
    payloads = list(awkward())
    assert log(influxdb_server, "odd", *payloads).delivered == len(payloads)
    assert set(rows(influxdb_server, "odd")) == {payload.id for payload in payloads}


def test_what_comes_again_is_one_point(influxdb_server: Server) -> None:
    for _ in range(2):
        log(influxdb_server, "again", sample("chat"), sample("tools"))
    assert len(rows(influxdb_server, "again")) == 2


def test_a_point_of_another_type_costs_no_other(influxdb_server: Server) -> None:
    """The database writes what fits, and says 400; the reason is known."""
    api.ask(influxdb_server, "POST", "/write", params={"db": "llmlog"},
            content=b'strict,kind=chat cost_saved="text" 1793534400000000000')  # fmt: skip
    bad = sample("cached")
    others = [evolve(sample(name)) for name in SAMPLES if name != "cached"]
    stats = log(influxdb_server, "strict", bad, *others)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(others), 1, True)
    assert "field type conflict" in (stats.last_error or "")


def test_the_second_version_takes_the_same(victoria_server: Server) -> None:
    stats = log(victoria_server, "calls", sample(), version="v2")
    assert (stats.delivered, stats.lost) == (1, 0)

    def exported() -> str:
        api.ask(victoria_server, "GET", "/internal/force_flush")
        match = {"match[]": '{__name__=~"calls_.*"}'}
        return api.ask(victoria_server, "GET", "/api/v1/export", params=match).text

    assert '"calls_total_input_tokens"' in eventually(exported)
