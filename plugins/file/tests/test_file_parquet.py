"""Parquet files, read by a query engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from llmlog.schema import from_json
from llmlog.testing import SAMPLES, sample
from llmlog_file import Settings, connect, send

BATCH = [sample(name) for name in SAMPLES]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = Settings(path=f"{tmp_path}/dt=%Y-%m-%d", format="parquet")
    for _ in range(2):
        send(connect(settings), settings, BATCH)
    return tmp_path


def test_a_batch_that_comes_again_is_one_file(folder: Path) -> None:
    (path,) = folder.rglob("*.*")
    assert (path.parent.name, path.suffix) == ("dt=2026-11-01", ".parquet")


def test_a_query_engine_finds_columns_and_records(folder: Path) -> None:
    query = (
        "select id, cost, total_tokens, epoch_ms(started_at), list_contains(tags, 'beta'),"
        f" error_type, dt::varchar, payload from '{folder}/**/*.parquet' order by id"
    )
    rows = {row[0]: row for row in duckdb.sql(query).fetchall()}
    for payload in BATCH:
        _, cost, tokens, start_ms, beta, error, day, text = rows[payload.id]
        assert cost == (payload.cost and payload.cost.total)
        assert tokens == (payload.usage and payload.usage.total_tokens)
        assert start_ms == payload.timing.start_unix_ns // 1_000_000
        assert (beta, error) == ("beta" in payload.tags, payload.error and payload.error.type)
        assert day == "2026-11-01"
        assert from_json(text) == payload
