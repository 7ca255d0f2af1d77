"""Against ClickHouse: today's engine for table and rows, an old server for its HTTP interface."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest
from attrs import evolve
from servers.absence import program, unavailable
from servers.environment import Environment
from servers.process import HOST, free_ports
from servers.service import Service, log_through_a_kill, logged, read_back, serving
from servers.waiting import eventually

from llmlog import Logger
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, sample
from llmlog_clickhouse import Settings, encode, statements
from llmlog_clickhouse.table import COLUMNS

pytestmark = pytest.mark.server
ENGINE = Environment("chdb", ("chdb-core-lite>=26.5",))
SAMPLED = [sample(name) for name in SAMPLES]


def engine(folder: Path, *queries: str) -> list[str]:
    """Run statements in today's engine, one after the other."""
    script = Path(__file__).parent / "engine.py"
    command = [ENGINE.program("python"), script, folder / "data"]
    lines = "".join(json.dumps(query) + "\n" for query in queries)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable("chdb", done.stderr[-300:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def inserted(*batch: Any) -> str:
    """Return the statement that a batch is, with its settings and its rows."""
    request = encode(Settings(url="http://ch", table="calls"), batch)
    query = {name: texts[0] for name, texts in parse_qs(urlsplit(request.url).query).items()}
    start, _, form = query.pop("query").partition(" FORMAT ")
    query.pop("wait_end_of_query")  # of HTTP alone
    settings = ", ".join(f"{name} = '{text}'" for name, text in query.items())
    return f"{start} SETTINGS {settings} FORMAT {form}\n{request.content.decode()}"


def test_todays_engine_takes_the_table_and_every_sample(tmp_path: Path) -> None:
    """The same batch twice is one copy, and so is the same call in another batch."""
    made = statements("calls")
    *_, rows, count, sums = engine(
        tmp_path, *made, *made, inserted(*SAMPLED), inserted(*SAMPLED),
        "SELECT payload FROM calls ORDER BY id",
        "SELECT count() AS n FROM (SELECT * FROM calls FINAL)",
        "SELECT toString(min(started_at)) AS start, countIf(has(tags, 'beta')) AS beta,"
        " max(time_to_first_token_ms) AS first FROM calls",
    )  # fmt: skip
    found = [read_back(json.loads(line)["payload"]) for line in rows.splitlines()]
    assert found == list(map(logged, SAMPLES))
    assert int(json.loads(count)["n"]) == len(SAMPLES)
    assert json.loads(sums) == {
        "start": "2026-11-01 12:00:00.000000", "beta": 9, "first": 310,
    }  # fmt: skip


def test_a_call_in_another_batch_replaces_its_row(tmp_path: Path) -> None:
    changed = evolve(sample(), name="changed")
    *_, final = engine(
        tmp_path, *statements("calls"), inserted(sample(), sample("bare")), inserted(changed),
        f"SELECT name FROM calls FINAL WHERE id = '{sample().id}'",
    )  # fmt: skip
    assert json.loads(final) == {"name": "changed"}


OLD_TYPES = {
    name: "DateTime"
    if name == "started_at"
    else kind.replace("LowCardinality(", "").rstrip(")")
    if kind.startswith("LowCardinality(String")
    else kind.replace("LowCardinality(Nullable(String))", "Nullable(String)")
    for name, kind in COLUMNS.items()
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve ClickHouse as Debian has it, which is a real HTTP interface, of 2018."""
    binary = program("clickhouse", "clickhouse-server", "clickhouse-server")
    folder = tmp_path_factory.mktemp("clickhouse")
    (port,) = free_ports(("tcp",)).values()
    service = Service("clickhouse", [binary, f"--config-file={folder}/config.xml"], folder,
                      answers=ping)  # fmt: skip
    (folder / "users.xml").write_text(USERS)
    (folder / "config.xml").write_text(
        CONFIG.format(folder=folder, http=service.port, tcp=port, host=HOST)
    )
    with serving(service) as started:
        yield started


def ping(port: int) -> None:
    """Raise OSError unless the server answers."""
    try:
        httpx.get(f"http://{HOST}:{port}/ping", timeout=5).raise_for_status()
    except httpx.HTTPError as problem:
        raise ConnectionRefusedError from problem


CONFIG = """<yandex>
 <logger><level>warning</level><console>1</console></logger>
 <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><listen_host>{host}</listen_host>
 <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
 <users_config>{folder}/users.xml</users_config><default_profile>default</default_profile>
 <default_database>default</default_database><mark_cache_size>5368709120</mark_cache_size>
</yandex>"""
USERS = """<yandex>
 <profiles><default/></profiles><quotas><default/></quotas>
 <users><default><password>fake-password</password><networks><ip>::/0</ip></networks>
 <profile>default</profile><quota>default</quota></default></users>
</yandex>"""
ET.fromstring(USERS)


def ask(server: Service, statement: str) -> str:
    answer = httpx.post(
        f"http://{HOST}:{server.port}/", content=statement, auth=("default", "fake-password")
    )
    return answer.raise_for_status().text


@pytest.fixture
def table(server: Service) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in OLD_TYPES.items())
    ask(server, "DROP TABLE IF EXISTS calls")
    ask(server, f"CREATE TABLE calls ({columns}) ENGINE = ReplacingMergeTree() ORDER BY id")
    return "calls"


def logger(server: Service, **options: Any) -> Logger:
    values = {
        "url": f"http://{HOST}:{server.port}", "password": "fake-password", "table": "calls",
        "deduplicate": False, "batch_age_s": 0.05,
        "options": {"date_time_input_format": "best_effort"}, **options,
    }  # fmt: skip
    return Logger(plugins=["clickhouse"], environ={}, file=False, plugin={"clickhouse": values})


def waits(made: Logger) -> LaneStats:
    """Log one record that is not taken, and return the account."""
    made.log(sample())
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=60)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    return stats


def test_what_was_inserted_over_http_is_read_back(server: Service, table: str) -> None:
    with logger(server, batch_age_s=60.0) as made:
        for payload in SAMPLED:
            made.log(payload)
        assert made.flush(60).complete, made.stats()
    rows = ask(server, "SELECT payload FROM calls ORDER BY id FORMAT JSONEachRow").splitlines()
    assert [read_back(json.loads(line)["payload"]) for line in rows] == list(map(logged, SAMPLES))


def test_what_the_server_refuses_waits(server: Service, table: str) -> None:
    assert "Code: 60" in (waits(logger(server, table="missing")).last_error or "")
    assert "Code: 193" in (waits(logger(server, password="wrong")).last_error or "")
    assert "Code: 115" in (waits(logger(server, deduplicate=True)).last_error or "")


def test_a_killed_server_loses_nothing(server: Service, table: str) -> None:
    with logger(server, batch_events=20) as made:
        ids = log_through_a_kill(made, server)
    found = ask(server, "SELECT id FROM calls FINAL ORDER BY id").split()
    assert found == ids
