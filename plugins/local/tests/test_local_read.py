"""What comes back."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from llmlog import Error, Payload
from llmlog.cli import main
from llmlog.schema import from_dict
from llmlog.testing.contract import awkward
from llmlog.testing.samples import SAMPLES, sample
from llmlog_local import Settings, connect, read, report, send

NOON = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)


def later(payload: Payload, seconds: float, **changes: Any) -> Payload:
    """Return the payload as of so many seconds later."""
    shift = int(seconds * 1e9)
    timing = evolve(payload.timing, start_unix_ns=payload.timing.start_unix_ns + shift,
                    end_unix_ns=payload.timing.end_unix_ns + shift)  # fmt: skip
    return evolve(payload, timing=timing, **changes)


def stored(path: Path, *payloads: Payload) -> Path:
    """Write payloads into a file."""
    settings = Settings(path=path)
    assert send(connect(settings), settings, payloads) is None
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with the samples, one a minute."""
    return stored(tmp_path / "calls.db",
                  *(later(sample(name), 60 * n) for n, name in enumerate(SAMPLES)))  # fmt: skip


def names(payloads: list[Payload]) -> list[str]:
    """Return which samples these are."""
    known = {sample(name).id: name for name in SAMPLES}
    return [known[payload.id] for payload in payloads]


def test_payloads_come_back_whole(path: Path) -> None:
    assert read(path) == [later(sample(name), 60 * n) for n, name in enumerate(SAMPLES)]


def test_awkward_payloads_come_back_whole(tmp_path: Path) -> None:
    payloads = list(awkward())
    assert read(stored(tmp_path / "calls.db", *payloads)) == payloads


def test_a_limit_leaves_the_last_ones_oldest_first(path: Path) -> None:
    assert names(read(path, limit=3)) == list(SAMPLES)[-3:]
    assert names(read(path, limit=None)) == list(SAMPLES)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"status": "failure"}, ["failure"]),
        ({"kind": "embedding"}, ["embedding"]),
        ({"model": "gpt-4o-mini", "status": "blocked"}, ["blocked"]),
        ({"model": "text-embedding-3-small"}, ["embedding"]),
        ({"tag": "beta", "kind": "chat", "status": "aborted"}, ["aborted"]),
        ({"tag": "bet"}, []),
        ({"session": "session-1", "user": "nobody"}, []),
        ({"provider": "openai", "until": NOON + timedelta(minutes=1)}, ["chat"]),
        ({"since": NOON + timedelta(minutes=8)}, ["cached", "bare"]),
        ({"trace_id": "' or 1 = 1 --"}, []),
    ],
)
def test_conditions_hold_together(path: Path, where: Any, found: list[str]) -> None:
    assert names(read(path, **where)) == found


def test_a_time_of_any_zone_is_understood(path: Path) -> None:
    zone = timezone(timedelta(hours=-5))
    since = (NOON + timedelta(minutes=9)).astimezone(zone)
    assert names(read(path, since=since)) == ["bare"]


def test_an_unknown_condition_is_refused(path: Path) -> None:
    wrong: Any = {"statsu": "failure"}
    with pytest.raises(TypeError, match="statsu"):
        read(path, **wrong)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"calls\.db"):
        read(tmp_path / "calls.db")
    assert not list(tmp_path.iterdir())


def test_a_path_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c#d%41"
    assert len(read(stored(folder / "ö;mode=rw.db", sample()))) == 1


def test_reading_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before


def test_the_report_is_one_line_per_call(path: Path) -> None:
    lines = report(read(path)).splitlines()
    assert len(lines) == 1 + len(SAMPLES)
    assert lines[0].split()[:3] == ["STARTED", "CALL", "MODEL"]
    assert lines[2].split() == [
        "2026-11-01", "12:01:00", "greet", "gpt-4o-mini-2024-07-18", "31", "0.0078", "USD",
        "310", "ms", "2000", "ms", "success",
    ]  # fmt: skip
    assert lines[5].endswith("failure (429)")
    assert [cell for cell in lines[10].split() if cell == "-"] == ["-"] * 4


def test_no_text_reaches_the_terminals_controls() -> None:
    attack = "\x1b[2J\r\n\x9b31m\u2028\u202e\x7f"
    error = Error(type=attack, message=attack)
    text = report([evolve(sample("failure"), name=attack, request_model=attack, error=error)])
    assert len(text.split("\n")) == 2
    assert all(character.isprintable() for character in text.replace("\n", ""))


def test_the_command_prints_the_last_calls(path: Path) -> None:
    command = [sys.executable, "-m", "llmlog", "tail", str(path), "--limit", "2"]
    program = subprocess.run(command, capture_output=True, check=True, text=True)
    assert program.stdout == report(read(path, limit=2)) + "\n"


def test_the_command_prints_whole_records(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", str(path), "--json", "--status", "success"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [from_dict(json.loads(line)) for line in lines] == read(path, status="success")


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.db"
    other.write_text("no database at all, but long enough to have a header of a kind" * 20)
    for path, words in ((tmp_path / "none.db", "no such file"), (other, "not a database")):
        assert main(["tail", str(path)]) == 1
        assert words in capsys.readouterr().err


def test_a_file_is_read_while_it_is_written_to(path: Path) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("delete from calls")
    assert len(read(path)) == len(SAMPLES)
    writer.execute("rollback")
    writer.close()
