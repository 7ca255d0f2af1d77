"""Against a real PostgreSQL: what is stored, what is refused, and a server that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from attrs import evolve
from servers.postgres import url
from servers.service import Service, log_through_a_kill, logged, read_back
from servers.waiting import eventually

from llmlog import Logger, Message, Text
from llmlog.testing import SAMPLES, sample
from llmlog_postgres import statements

pytestmark = pytest.mark.server


@pytest.fixture
def database(postgres_server: Service) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection to an empty database."""
    with psycopg.connect(url(postgres_server), autocommit=True) as connection:
        connection.execute("drop table if exists llmlog_calls")
        yield connection


def logger(service: Service, **options: Any) -> Logger:
    values = {"url": url(service), "create": True, "batch_age_s": 0.05, **options}
    return Logger(plugins=["postgres"], environ={}, file=False, plugin={"postgres": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(30).complete, made.stats()


def test_what_was_written_is_read_back(postgres_server: Service, database: Any) -> None:
    log(logger(postgres_server), *SAMPLES)
    found = database.execute("select payload from llmlog_calls order by id").fetchall()
    assert [read_back(payload) for (payload,) in found] == [logged(name) for name in SAMPLES]


def test_questions_are_asked_in_sql(postgres_server: Service, database: Any) -> None:
    log(logger(postgres_server), *SAMPLES)
    (found,) = database.execute(
        "select sum(total_input_tokens + total_output_tokens), max(time_to_first_token_ms),"
        " count(*) filter (where 'beta' = any(tags)), min(started_at at time zone 'UTC')::text"
        " from llmlog_calls"
    ).fetchall()
    usages = [sample(name).usage for name in SAMPLES]
    known = [each for each in usages if each and each.total_output_tokens is not None]
    total = sum(each.total_tokens or 0 for each in known)
    assert found == (total, 310.0, 9, "2026-11-01 12:00:00")


def test_the_same_batch_twice_is_one_copy(postgres_server: Service, database: Any) -> None:
    for _ in range(2):
        log(logger(postgres_server), *SAMPLES)
    (count,) = database.execute("select count(*) from llmlog_calls").fetchone()
    assert count == len(SAMPLES)


def test_a_call_that_comes_again_replaces_its_row(postgres_server: Service, database: Any) -> None:
    log(logger(postgres_server), "chat")
    log(logger(postgres_server, content="none"), "chat")
    ((payload,),) = database.execute("select payload::text from llmlog_calls").fetchall()
    assert "Zoë" not in payload


def test_no_table_is_made_unasked(postgres_server: Service, database: Any) -> None:
    made = logger(postgres_server, create=False)
    try:
        made.log(sample())
        stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error)
        assert (stats.pending, stats.lost) == (1, 0)
        assert "python -m llmlog_postgres" in (stats.last_error or "")
        for statement in statements("llmlog_calls"):
            database.execute(statement)
    finally:
        made.close(20)
    assert database.execute("select count(*) from llmlog_calls").fetchone() == (1,)


def test_an_older_table_gets_the_columns_that_it_lacks(
    postgres_server: Service, database: Any
) -> None:
    database.execute("create table llmlog_calls (id text primary key, mine text, payload jsonb)")
    database.execute("insert into llmlog_calls values ('old', 'kept', '{}')")
    log(logger(postgres_server), "chat")
    found = database.execute("select id, mine, model from llmlog_calls order by id").fetchall()
    assert found == [(sample().id, None, sample().model), ("old", "kept", None)]


def test_a_record_that_the_table_refuses_harms_no_other(
    postgres_server: Service, database: Any
) -> None:
    log(logger(postgres_server), "bare")
    database.execute("alter table llmlog_calls add constraint not_bad check (id <> 'bad')")
    with logger(postgres_server, batch_age_s=600.0) as made:
        bad = evolve(sample("chat"), id="bad")
        for payload in (sample("chat"), bad, sample("failure")):
            made.log(payload)
        assert made.flush(30).complete
        stats = made.stats()[-1]
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert "not_bad" in (stats.last_error or "")
    assert database.execute("select count(*) from llmlog_calls").fetchone() == (3,)


def test_nul_is_replaced_and_nothing_else(postgres_server: Service, database: Any) -> None:
    message = Message(role="user", parts=[Text(content="a\0b \\u0000 c")])
    with logger(postgres_server) as made:
        made.log(evolve(sample(), name="x\0", input_messages=[message]))
        assert made.flush(30).complete
    ((name, text),) = database.execute(
        "select name, payload #>> '{input_messages,0,parts,0,content}' from llmlog_calls"
    ).fetchall()
    assert (name, text) == ("x\ufffd", "a\ufffdb \\u0000 c")


def test_a_killed_server_loses_and_doubles_nothing(postgres_server: Service) -> None:
    with logger(postgres_server, table="under_load", batch_events=20) as made:
        ids = log_through_a_kill(made, postgres_server)
    with psycopg.connect(url(postgres_server)) as connection:
        rows = connection.execute("select id from under_load order by id").fetchall()
    assert [row for (row,) in rows] == ids
