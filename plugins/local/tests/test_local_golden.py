"""All samples as rows, read by SQLite's own shell where it is installed, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llmlog.testing.golden import check_golden
from llmlog.testing.samples import SAMPLES, sample
from llmlog_local import Settings, connect, send

GOLDEN = Path(__file__).parent / "golden" / "rows.json"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with all samples."""
    settings = Settings(path=tmp_path / "calls.db")
    assert send(connect(settings), settings, [sample(name) for name in SAMPLES]) is None
    return settings.path


def rows(path: Path) -> list[dict[str, Any]]:
    """Return all rows, the payload as JSON."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("select * from calls order by id")]
    connection.close()
    return [row | {"payload": json.loads(row["payload"])} for row in found]


def test_every_sample_is_as_the_golden_file_says(path: Path) -> None:
    made = dict(zip(SAMPLES, rows(path), strict=True))
    check_golden(GOLDEN, made)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 shell")
def test_sqlites_own_shell_reads_the_same(path: Path) -> None:
    statement = "select * from calls order by id"
    shell = subprocess.run(
        ["sqlite3", "-json", str(path), statement], capture_output=True, check=True, text=True
    )
    found = json.loads(shell.stdout)
    assert [row | {"payload": json.loads(row["payload"])} for row in found] == rows(path)


def test_what_is_not_known_is_null(path: Path) -> None:
    bare = rows(path)[-1]
    assert {name for name, value in bare.items() if value is not None} == {
        "id", "trace_id", "span_id", "started_at", "kind", "status", "duration_ms", "tags",
        "payload",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("select count(*) from calls where started_at = '2026-11-01T12:00:00.000Z'", 10),
        ("select strftime('%H', min(started_at)) from calls", "12"),
        ("select sum(total_tokens) from calls where status = 'success'", 5 * 31 + 4),
        ("select max(time_to_first_token_ms) from calls", 310.0),
        ("select count(*) from calls, json_each(tags) where value = 'beta'", 9),
        ("select json_extract(payload, '$.attempts[1].error.code') from calls where attempts = 2",
         "rate_limit_exceeded"),
    ],
)  # fmt: skip
def test_questions_are_asked_in_sql(path: Path, statement: str, answer: Any) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute(statement).fetchone() == (answer,)
    connection.close()
