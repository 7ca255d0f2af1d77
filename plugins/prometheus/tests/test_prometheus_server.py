"""A real Prometheus scrapes a real Logger."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from llmlog import Guardrail, Logger, Payload
from llmlog.testing.contract import awkward
from llmlog.testing.samples import SAMPLES, sample

pytestmark = pytest.mark.server
Make = Callable[..., Logger]
DASHBOARD: dict[str, Any] = json.loads(
    files("llmlog_prometheus").joinpath("dashboard.json").read_text("utf-8")
)
QUERIES = [
    expression for panel in DASHBOARD["panels"]
    for expression in (target["expr"] for target in panel["targets"])
]  # fmt: skip


def filled_in(query: str) -> str:
    for name, value in {"$provider": ".*", "$model": ".*", "$__rate_interval": "1m",
                        "$__range": "1m"}.items():  # fmt: skip
        query = query.replace(name, value)
    return query


def log(logger: Logger, *payloads: Payload, note: str = "") -> None:
    for payload in payloads:
        logger.log(evolve(payload, id=payload.id + note))
    assert logger.flush(10).complete


def every_sample() -> Iterator[Payload]:
    yield from map(sample, SAMPLES)
    yield evolve(sample(), id="miss", cache_hit=False)
    yield evolve(sample(), id="guarded", guardrails=(Guardrail(name="pii", verdict="passed"),))


@contextmanager
def prometheus(port: int, folder: Path, *flags: str) -> Iterator[Any]:
    from servers.process import running
    from servers.prometheus import launch

    plain = launch(f"127.0.0.1:{port}", folder)
    with running(evolve(plain, command=(*plain.command, *flags)), folder) as server:
        yield server


def test_promtool_finds_no_fault(
    make_logger: Make, show: Callable[[], str], promtool: Callable[[str], Any]
) -> None:
    log(make_logger(), *every_sample(), *awkward())
    check = promtool(show())
    assert (check.code, check.complaints) == (0, "")


@pytest.mark.parametrize("query", QUERIES)
def test_promtool_parses_every_query(
    query: str, tmp_path: Path, promtool: Callable[[str], Any]
) -> None:
    rules = {"groups": [{"name": "dashboard", "rules": [
        {"record": "llmlog:query", "expr": filled_in(query)}]}]}  # fmt: skip
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(rules), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True,
                          text=True, timeout=30, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_reads_what_was_counted(
    make_logger: Make, free_port: int, prometheus_server: Callable[[str], Any]
) -> None:
    from servers.prometheus import query
    from servers.waiting import eventually

    logger = make_logger(port=free_port)
    log(logger, *map(sample, SAMPLES))
    server = prometheus_server(f"127.0.0.1:{free_port}")
    found = eventually(lambda: query(server, "sum by (status) (llmlog_calls_total)"))
    assert {each.labels["status"]: each.value for each in found} == {
        "success": 7, "failure": 1, "aborted": 1, "blocked": 1,
    }  # fmt: skip
    (tokens,) = query(server, 'llmlog_tokens_total{type="output",kind="chat",status="success"}')
    assert tokens.value == 20
    (median,) = query(server, "histogram_quantile(0.5, llmlog_call_tokens_bucket"
                              '{direction="input",status="success",kind="chat"})')  # fmt: skip
    assert 16 < median.value <= 64
    assert "environment" not in query(server, 'llmlog_calls_total{kind="tool"}')[0].labels


def test_awkward_labels_arrive_and_spoil_no_scrape(
    make_logger: Make, free_port: int, prometheus_server: Callable[[str], Any]
) -> None:
    from servers.prometheus import query
    from servers.waiting import eventually

    names = ['quote"s', "back\\slash", "new\nline", "\x00", "\ud800", "Zoë", "{x=~'.*'}", "a" * 500]
    log(make_logger(port=free_port), *awkward(), *(
        evolve(sample(), id=f"odd-{number}", request_model=name)
        for number, name in enumerate(names)))  # fmt: skip
    server = prometheus_server(f"127.0.0.1:{free_port}")
    eventually(lambda: query(server, "llmlog_calls_total"))
    assert [each.value for each in query(server, "up")] == [1]
    shown = {each.labels.get("model") for each in query(server, "llmlog_calls_total")}
    assert {'quote"s', "back\\slash", "new?line", "?", "Zoë", "{x=~'.*'}", "a" * 128} <= shown


def test_every_panel_has_data(make_logger: Make, free_port: int, tmp_path: Path) -> None:
    from servers.prometheus import query
    from servers.waiting import eventually

    logger = make_logger(port=free_port)
    log(logger, *every_sample())
    with prometheus(free_port, tmp_path) as server:
        eventually(lambda: query(server, "llmlog_calls_total"))
        log(logger, *every_sample(), note="-again")
        eventually(
            lambda: query(server, "sum(llmlog_calls_total)"), lambda found: found[0].value > 20
        )
        for panel in DASHBOARD["panels"]:
            found = [each for target in panel["targets"]
                     for each in query(server, filled_in(target["expr"]))]  # fmt: skip
            assert found or panel["title"].startswith("Delivery: lost"), panel["title"]


def test_exemplars_are_kept(make_logger: Make, free_port: int, tmp_path: Path) -> None:
    from servers import api
    from servers.waiting import eventually

    log(make_logger(port=free_port), sample("stream"))

    def stored(server: Any) -> list[dict[str, Any]]:
        answer = api.get(server, "/api/v1/query_exemplars", start="0", end="9999999999",
                         query="llmlog_time_to_first_token_seconds_bucket")  # fmt: skip
        return [each for series in answer["data"] for each in series["exemplars"]]

    with prometheus(free_port, tmp_path, "--enable-feature=exemplar-storage") as server:
        (found,) = eventually(lambda: stored(server))
    assert found["labels"] == {
        "trace_id": sample().trace_id, "span_id": sample("stream").span_id,
    }  # fmt: skip
