"""Against a real PostgreSQL: the table, and the body of a request as PostgREST puts it in."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from attrs import evolve
from servers.postgres import url
from servers.service import Service

from llmlog.schema import from_dict
from llmlog.secret import Secret
from llmlog.testing import SAMPLES, sample
from llmlog_supabase import Settings, encode, statements
from llmlog_supabase.table import COLUMNS

pytestmark = pytest.mark.server


@pytest.fixture
def database(postgres_server: Service) -> Any:
    """Return a connection to a database with the table, made twice."""
    with psycopg.connect(url(postgres_server), autocommit=True) as connection:
        connection.execute("drop table if exists calls")
        for statement in statements("calls") * 2:
            connection.execute(statement)
        yield connection


def upsert(database: psycopg.Connection[Any], *batch: Any) -> None:
    """Put a body in, by the statement that PostgREST makes of it."""
    body = encode(Settings(url="https://a", key=Secret("k"), table="calls"), batch).content
    names = ", ".join(COLUMNS)
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
    database.execute(
        f"insert into calls ({names}) select {names} from json_populate_recordset(null::calls, %s)"
        f" on conflict (id) do update set {changes}",
        [body.decode()],
    )


def test_every_sample_is_read_back(database: psycopg.Connection[Any]) -> None:
    for _ in range(2):
        upsert(database, *(sample(name) for name in SAMPLES))
    found = database.execute("select payload from calls order by id").fetchall()
    assert [from_dict(payload) for (payload,) in found] == [sample(name) for name in SAMPLES]


def test_a_call_that_comes_again_replaces_its_row(database: psycopg.Connection[Any]) -> None:
    upsert(database, sample())
    upsert(database, evolve(sample(), name="changed\0", tags=()))
    found = database.execute("select name, tags, model from calls").fetchall()
    assert found == [("changed\ufffd", [], sample().model)]
