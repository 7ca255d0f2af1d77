"""One file, many writers, and what each trouble means for the events."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from llmlog import Logger, Message, Payload, Text
from llmlog.delivery.outcome import Refused
from llmlog.errors import SettingsError
from llmlog.sqlite import opened, write
from llmlog.sqlite.table import STEPS, NewerSchemaError, migrate, version
from llmlog.testing.contract import CANARY, awkward, lane_stats, with_canary
from llmlog.testing.samples import SAMPLES, sample
from llmlog_local import Settings, connect, exporter, read, send


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a file may be."""
    return tmp_path / "calls.db"


def sent(path: Path, *payloads: Payload, **settings: Any) -> Any:
    """Send one batch and return what the exporter says."""
    made = Settings(path=path, **settings)
    return send(connect(made), made, payloads)


def logger(path: Path, **options: Any) -> Logger:
    """Return a Logger with this plugin alone."""
    values = {"path": str(path), "batch_age_s": 0.0, **options}
    return Logger(plugins=["local"], environ={}, file=False, plugin={"local": values})


def numbered(number: int, age_s: float = 0.0) -> Payload:
    """Return one of many payloads, which began so many seconds ago."""
    base = sample("bare")
    start = time.time_ns() - int(age_s * 1e9)
    timing = evolve(base.timing, start_unix_ns=start, end_unix_ns=start)
    return evolve(base, id=f"{number:032x}", timing=timing)


def ask(path: Path, statement: str) -> Any:
    """Return the first value of an answer."""
    connection = sqlite3.connect(path)
    (value, *_) = connection.execute(statement).fetchone()
    connection.close()
    return value


def test_the_account_balances(path: Path) -> None:
    payloads = [*map(sample, SAMPLES), *awkward()]
    with logger(path) as made:
        for payload in payloads:
            made.log(payload)
        assert made.flush(20).complete
        stats = lane_stats(made)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(payloads), 0, True)
    assert {payload.id for payload in read(path)} == {payload.id for payload in payloads}


def test_the_variable_alone_activates_it(path: Path) -> None:
    with Logger(environ={"LLMLOG_LOCAL_PATH": str(path)}, file=False) as made:
        made.log(sample())
        assert made.flush(20).complete
    assert read(path) == [sample()]


def test_named_it_writes_into_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Logger(plugins=["local"], environ={}, file=False) as made:
        made.log(sample())
        assert made.flush(20).complete
    assert read("llmlog.db") == [sample()]


def test_hidden_content_is_in_no_file(path: Path) -> None:
    with logger(path, content="none") as made:
        for name in SAMPLES:
            made.log(with_canary(sample(name)))
        assert made.flush(20).complete
    assert CANARY.encode() not in path.read_bytes()
    assert len(read(path)) == len(SAMPLES)


def test_a_call_that_comes_again_replaces_its_row(path: Path) -> None:
    hidden = Message(role="user", parts=[Text(content="[hidden]")])
    again = evolve(sample(), input_messages=(hidden,), output_messages=(), name=None)
    sent(path, sample(), sample("stream"))
    sent(path, again, again)
    assert read(path) == [again, sample("stream")]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "new" / "calls.db"
        with opened(path, 1.0) as connection:
            write(connection, [sample()])
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == dict.fromkeys(("calls.db", "calls.db-wal", "calls.db-shm"), 0o600)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_mode_of_a_file_that_is_there_stays(path: Path) -> None:
    path.touch(mode=0o640)
    path.chmod(0o640)
    assert sent(path, sample()) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_the_journal_is_a_write_ahead_log(path: Path) -> None:
    assert sent(path, sample()) is None
    assert ask(path, "pragma journal_mode") == "wal"


# Retention.


def test_the_last_rows_are_kept(path: Path) -> None:
    for number in range(20):
        sent(path, numbered(number, age_s=100 - number), keep_rows=5)
    assert [int(payload.id, 16) for payload in read(path)] == [15, 16, 17, 18, 19]


def test_old_rows_go(path: Path) -> None:
    ages = {1: 3 * 86_400, 2: 1.6 * 86_400, 3: 1.4 * 86_400, 4: 0}
    sent(path, *(numbered(number, age) for number, age in ages.items()), keep_days=1.5)
    assert [int(payload.id, 16) for payload in read(path)] == [3, 4]


def test_without_a_bound_everything_stays(path: Path) -> None:
    sent(path, numbered(1, age_s=1e9), numbered(2))
    assert len(read(path)) == 2


@pytest.mark.parametrize("wrong", [{"keep_rows": 0}, {"keep_days": -1}, {"keep_days": "soon"}])
def test_a_bound_that_keeps_nothing_is_refused(path: Path, wrong: Any) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        logger(path, **wrong)


# Versions of the tables.


def test_a_file_has_the_version_of_its_tables(path: Path) -> None:
    assert sent(path, sample()) is None
    assert ask(path, "pragma user_version") == len(STEPS)


def test_an_older_file_is_brought_up_to_date(path: Path) -> None:
    sent(path, sample())
    newer = (*STEPS, ("alter table calls add column note text", "update calls set note = 'kept'"))
    with opened(path, 1.0) as connection:
        migrate(connection, newer)
        migrate(connection, newer)
        assert version(connection) == len(newer)
        assert connection.execute("select id, note from calls").fetchall() == [
            (sample().id, "kept")
        ]


def test_a_step_that_fails_changes_nothing(path: Path) -> None:
    broken = (*STEPS, ("alter table calls add column note text", "no such statement"))
    with opened(path, 1.0) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, broken)
        assert version(connection) == len(STEPS)
        assert "note" not in [row[1] for row in connection.execute("pragma table_info(calls)")]


def test_a_newer_file_is_left_alone(path: Path) -> None:
    newer = sqlite3.connect(path)
    newer.execute(f"pragma user_version = {len(STEPS) + 1}")
    newer.close()
    answer = sent(path, sample())
    assert isinstance(answer, Refused)
    assert "pip install -U llmlog" in answer.reason
    with pytest.raises(NewerSchemaError):
        read(path)
    assert ask(path, "select count(*) from sqlite_master") == 0


# Troubles.


def test_a_file_that_is_no_database_keeps_the_events(path: Path) -> None:
    content = b"not a database, and longer than its header" * 100
    path.write_bytes(content)
    made = logger(path)
    try:
        made.log(sample())
        assert not made.flush(0.5).complete
        stats = lane_stats(made)
        assert (stats.pending, stats.lost) == (1, 0)
        assert "not a database" in (stats.last_error or "")
    finally:
        made.close(0)
    assert path.read_bytes() == content


def test_a_locked_file_is_tried_again(path: Path) -> None:
    sent(path, sample("bare"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with logger(path, busy_timeout_s=0.01) as made:
        made.log(sample())
        assert not made.flush(0.3).complete
        assert "locked" in (lane_stats(made).last_error or "")
        other.execute("rollback")
        other.close()
        assert made.flush(20).complete
        assert lane_stats(made).balanced
    assert read(path) == [sample("bare"), sample()]


def test_a_folder_that_cannot_be_made_keeps_the_events(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = logger(tmp_path / "file" / "calls.db")
    try:
        made.log(sample())
        assert not made.flush(0.3).complete
        stats = lane_stats(made)
        assert (stats.pending, stats.lost) == (1, 0)
        assert stats.last_error
    finally:
        made.close(0)


def test_a_payload_that_fits_no_column_is_rejected_alone(path: Path) -> None:
    huge = evolve(sample(), id="huge", timing=evolve(sample().timing, start_unix_ns=2**80))
    with logger(path, batch_age_s=1.0) as made:
        for payload in (sample("stream"), huge, sample("bare")):
            made.log(payload)
        assert made.flush(20).complete
        stats = lane_stats(made)
    assert (stats.delivered, stats.dropped) == (2, {"rejected": 1})
    assert len(read(path)) == 2


def test_a_full_disk_keeps_all_or_nothing(path: Path) -> None:
    sent(path, sample())
    pages = ask(path, "pragma page_count")
    many = [numbered(number) for number in range(500)]
    with opened(path, 1.0) as connection:
        connection.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(exporter.retryable, match="full"):
            write(connection, many)
    assert read(path) == [sample()]
    assert sent(path, *many) is None
    assert len(read(path, limit=None)) == 501


# Several processes.

WRITER = """
import sys
from attrs import evolve
from llmlog import Logger
from llmlog.testing import sample
path, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
options = {"path": path, "batch_events": 7, "batch_age_s": 0.0}
with Logger(plugins=["local"], environ={}, file=False, plugin={"local": options}) as made:
    for number in range(first, first + count):
        made.log(evolve(sample(), id=f"{number:032x}"))
    assert made.flush(60).complete, made.stats()
"""


def test_several_processes_write_one_file(path: Path) -> None:
    count, writers = 150, 4
    programs = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(n * count), str(count)])
        for n in range(writers)
    ]
    while any(program.poll() is None for program in programs):
        if path.exists() and ask(path, "select count(*) from sqlite_master"):
            read(path, limit=5)
    assert [program.returncode for program in programs] == [0] * writers
    found = sorted(int(payload.id, 16) for payload in read(path, limit=None))
    assert found == list(range(writers * count))
    assert ask(path, "pragma integrity_check") == "ok"


FORKER = """
import os, sys
from attrs import evolve
from llmlog import Logger
from llmlog.testing import sample
made = Logger(plugins=["local"], environ={}, file=False, plugin={"local": {"path": sys.argv[1]}})
made.log(evolve(sample(), id="first"))
assert made.flush(20).complete
children = []
for who in range(4):
    child = os.fork()
    if child == 0:
        break
    children.append(child)
else:
    who = "parent"
for number in range(20):
    made.log(evolve(sample(), id=f"{who}-{number}"))
    assert made.flush(20).complete
made.close()
if who == "parent":
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_children_and_their_parent_write_one_file(path: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKER, str(path)], check=True, timeout=60)
    writers = ("parent", 0, 1, 2, 3)
    found = {payload.id for payload in read(path, limit=None)}
    assert found == {"first"} | {f"{who}-{n}" for who in writers for n in range(20)}
    assert ask(path, "pragma integrity_check") == "ok"


def test_a_killed_process_loses_nothing_that_was_written(path: Path) -> None:
    script = WRITER.replace("made.stats()", "made.stats()\n    import os; os.kill(os.getpid(), 9)")
    program = subprocess.run([sys.executable, "-c", script, str(path), "0", "50"], check=False)
    assert program.returncode == -signal.SIGKILL
    assert len(read(path, limit=None)) == 50
