"""What is stored, what is refused, and others who use the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from attrs import evolve
from servers.service import logged, read_back
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import SAMPLES, sample
from llmlog_duckdb import statements


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.duckdb"


def logger(path: Path, **options: Any) -> Logger:
    values = {"path": str(path), "create": True, "batch_age_s": 60.0, **options}
    return Logger(plugins=["duckdb"], environ={}, file=False, plugin={"duckdb": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(60).complete, made.stats()


def ask(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path) as connection:
        return connection.execute(statement).fetchall()


def test_what_was_written_is_read_back(path: Path) -> None:
    log(logger(path), *SAMPLES)
    found = ask(path, "select payload from llmlog_calls order by id")
    assert [read_back(text) for (text,) in found] == [logged(name) for name in SAMPLES]


def test_questions_are_asked_in_sql(path: Path) -> None:
    log(logger(path), *SAMPLES)
    (found,) = ask(
        path,
        "select max(time_to_first_token_ms), count(*) filter ('beta' in tags),"
        " count(payload->>'$.attempts[1].error.code'),"
        " min(started_at at time zone 'UTC')::varchar from llmlog_calls",
    )
    assert found == (310.0, 9, 1, "2026-11-01 12:00:00")


def test_the_same_batch_twice_is_one_copy(path: Path) -> None:
    for _ in range(2):
        log(logger(path), *SAMPLES, "chat")
    assert ask(path, "select count(*) from llmlog_calls") == [(len(SAMPLES),)]


def test_a_call_that_comes_again_replaces_its_row(path: Path) -> None:
    log(logger(path), "chat")
    log(logger(path, content="none"), "chat")
    ((payload,),) = ask(path, "select payload from llmlog_calls")
    assert "Zoë" not in payload


def test_no_table_is_made_unasked(path: Path) -> None:
    made = logger(path, create=False)
    made.log(sample())
    made.flush(0.1)
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "python -m llmlog_duckdb" in (stats.last_error or "")
    for statement in statements("llmlog_calls"):
        ask(path, statement)
    made.close(20)
    assert ask(path, "select count(*) from llmlog_calls") == [(1,)]


def test_an_older_table_gets_the_columns_that_it_lacks(path: Path) -> None:
    ask(path, "create table llmlog_calls (id varchar primary key, mine varchar)")
    ask(path, "insert into llmlog_calls values ('old', 'kept')")
    log(logger(path), "chat")
    found = ask(path, "select id, mine, model from llmlog_calls order by id")
    assert found == [(sample().id, None, sample().model), ("old", "kept", None)]


def test_a_record_that_the_table_refuses_harms_no_other(path: Path) -> None:
    log(logger(path), "bare")
    with logger(path) as made:
        huge = evolve(sample("chat"), id="bad", timing=evolve(sample().timing, end_unix_ns=2**80))
        bad = evolve(huge, usage=evolve(sample().usage, input_tokens=2**70))
        for payload in (sample("chat"), bad, sample("failure")):
            made.log(payload)
        assert made.flush(60).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert ask(path, "select count(*) from llmlog_calls") == [(3,)]


def test_another_process_that_has_the_file_loses_nothing(path: Path) -> None:
    log(logger(path), "bare")
    hold = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        made = logger(path)
        made.log(sample())
        made.flush(0.1)
        stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error)
        assert (stats.pending, stats.lost) == (1, 0)
    finally:
        holder.communicate()
    assert made.flush(60).complete
    made.close()
    assert ask(path, "select count(*) from llmlog_calls") == [(2,)]
