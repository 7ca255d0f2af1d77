"""The audit log: append-only, sealed link by link, and required where settings say so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import llmlog
from llmlog.audit import Break, Journal, Link, verify
from llmlog.audit.chain import FIRST
from llmlog.cli import main
from llmlog.errors import AuditError
from llmlog.logger import Logger
from llmlog.secret import Secret
from llmlog.testing.canary import CANARY
from llmlog.testing.records import Records
from llmlog.testing.virtual import VirtualClock

Make = Callable[..., Logger]
KEY = Secret("fake-audit-key")
DAY_S = 86_400


class Day(VirtualClock):
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_ns = 0

    def unix_ns(self) -> int:
        return super().unix_ns() + self.ahead_ns


def written(folder: Path, count: int, **options: Any) -> list[Path]:
    journal = Journal(folder, Day(), **options)
    for number in range(count):
        journal.append({"n": number})
    return sorted(folder.glob("*.jsonl"))


def whole(folder: Path, **options: Any) -> Link:
    found = verify(folder, options.pop("key", None), **options)
    assert isinstance(found, Link), found
    return found


def test_a_record_in_the_middle_of_another_follows_it(tmp_path: Path) -> None:
    class Interrupted(Day):
        def unix_ns(self) -> int:
            if interruptions:
                journal.append(interruptions.pop())  # as a signal handler would
            return super().unix_ns()

    interruptions = [{"n": 2}]
    journal = Journal(tmp_path, Interrupted())
    journal.append({"n": 1})
    (path,) = tmp_path.glob("*.jsonl")
    records = [json.loads(line)["record"]["n"] for line in path.read_text().splitlines()]
    assert records == [1, 2]
    assert whole(tmp_path).number == 2


@pytest.mark.parametrize("key", [None, KEY])
def test_what_was_written_is_whole(tmp_path: Path, key: Secret | None) -> None:
    assert verify(tmp_path, key) is None
    written(tmp_path, 20, key=key)
    assert whole(tmp_path, key=key).number == 20
    assert (tmp_path / "lock").stat().st_mode & 0o77 == 0


def test_a_later_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for _ in range(3):
        written(tmp_path, 2)
    assert whole(tmp_path).number == 6


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    code = ("import sys; from pathlib import Path; from llmlog.audit import Journal; "
            "from llmlog.clock import Clock; journal = Journal(Path(sys.argv[1]), Clock()); "
            "[journal.append({'n': n}) for n in range(50)]")  # fmt: skip
    workers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert whole(tmp_path).number == 150


# What breaks it.


def _changed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:4], lines[4].replace(b'{"n":4}', b'{"n":5}'), *lines[5:]]


def _rehashed(lines: list[bytes]) -> list[bytes]:
    from llmlog.audit.chain import seal_of

    bare = lines[4].rpartition(b',"hash"')[0].replace(b'{"n":4}', b'{"n":5}') + b"}"
    line = bare[:-1] + b',"hash":"' + seal_of(bare, None).encode() + b'"}\n'
    return [*lines[:4], line, *lines[5:]]


ATTACKS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "changed": (_changed, 5),
    "changed and hashed anew": (_rehashed, 6),
    "removed": (lambda lines: [*lines[:4], *lines[5:]], 5),
    "first removed": (lambda lines: lines[1:], 1),
    "put in between": (lambda lines: [*lines[:4], lines[2], *lines[4:]], 5),
    "exchanged": (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 5),
    "repeated at the end": (lambda lines: [*lines, lines[-1]], 11),
    "no JSON": (lambda lines: [*lines[:4], b"hello\n", *lines[4:]], 5),
    "an empty line": (lambda lines: [*lines[:4], b"\n", *lines[4:]], 5),
    "a hash cut short": (lambda lines: [*lines[:4], lines[4][:-5] + b'"}\n', *lines[5:]], 5),
    "another number": (lambda lines: [
        *lines[:4], lines[4].replace(b'"number":5', b'"number":6'), *lines[5:]], 5),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_first_broken_link_is_named(tmp_path: Path, attack: str) -> None:
    (path,) = written(tmp_path, 10)
    change, line = ATTACKS[attack]
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    found = verify(tmp_path, None)
    assert isinstance(found, Break)
    assert (found.path, found.line) == (path, line)


def test_without_the_key_nobody_writes_a_line_that_fits(tmp_path: Path) -> None:
    (path,) = written(tmp_path, 10, key=KEY)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(_rehashed(lines)))
    found = verify(tmp_path, KEY)
    assert isinstance(found, Break)
    assert found.line == 5
    path.write_bytes(b"".join(lines))
    assert isinstance(verify(tmp_path, Secret("fake-other")), Break)
    assert isinstance(verify(tmp_path, None), Break)


def test_a_chain_that_ends_too_early_lacks_what_was_seen(tmp_path: Path) -> None:
    (path,) = written(tmp_path, 10)
    seen = whole(tmp_path)
    assert whole(tmp_path, expected=(seen.number, seen.hash)) == seen
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    assert whole(tmp_path).number == 8
    assert isinstance(verify(tmp_path, None, (seen.number, seen.hash)), Break)
    path.unlink()
    assert isinstance(verify(tmp_path, None, (seen.number, seen.hash)), Break)


# Crashes, full disks, old age.


def test_a_line_that_a_crash_cut_short_is_noted(tmp_path: Path) -> None:
    (path,) = written(tmp_path, 3)
    with path.open("ab") as file:
        file.write(b'{"number":4,"at_')
    written(tmp_path, 1)
    assert whole(tmp_path).number == 5
    assert b'"note":{"torn_bytes":16}' in path.read_bytes()


def test_what_cannot_be_written_whole_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = written(tmp_path, 3)
    before, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:10]))
    with pytest.raises(AuditError, match="full"):
        Journal(tmp_path, Day()).append({"n": 3})
    monkeypatch.undo()
    assert path.read_bytes() == before
    written(tmp_path, 1)
    assert whole(tmp_path).number == 4


def test_nothing_follows_a_broken_end(tmp_path: Path) -> None:
    (path,) = written(tmp_path, 3)
    path.write_bytes(_changed_last(path.read_bytes()))
    with pytest.raises(AuditError, match="changed"):
        Journal(tmp_path, Day()).append({})


def _changed_last(content: bytes) -> bytes:
    return content.replace(b'{"n":2}', b'{"n":7}')


def test_retention_removes_old_days_and_the_chain_says_so(tmp_path: Path) -> None:
    clock = Day()
    journal = Journal(tmp_path, clock, keep_s=2.5 * DAY_S)
    for day in range(8):
        journal.append({"day": day})
        clock.ahead_ns += DAY_S * 10**9
        found = whole(tmp_path)
    kept = sorted(tmp_path.glob("*.jsonl"))
    assert len(kept) == 3
    text = b"".join(path.read_bytes() for path in kept)
    assert b'{"day":7}' in text
    assert b'{"day":3}' not in text
    kept[0].unlink()
    assert isinstance(verify(tmp_path, None), Break)
    assert found.previous != FIRST


# Through a Logger.


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "audit"
    assert not isinstance(verify(tmp_path / "audit", None), Break)


def records_in(folder: Path) -> list[Any]:
    lines = [json.loads(line) for path in sorted(folder.glob("*.jsonl"))
             for line in path.read_text().splitlines()]  # fmt: skip
    return [line["record"] for line in lines if "record" in line]


def test_every_call_is_there_before_its_end_returns(make_logger: Make, folder: Path) -> None:
    records = Records()
    logger = make_logger(records, audit_log=folder)
    for number in range(3):
        with logger.call(name=str(number), sample=0, without=["records"],
                         messages=[{"role": "user", "content": CANARY}]):  # fmt: skip
            pass
        assert [record["name"] for record in records_in(folder)][-1] == str(number)
    with pytest.raises(ValueError, match="no"), logger.call(name="failed"):
        raise ValueError("no")
    assert records_in(folder)[-1]["status"] == "failure"
    assert CANARY not in json.dumps(records_in(folder))
    assert not [payload for payload in records.all() if payload.name != "failed"]


def test_the_audit_log_has_a_policy_and_the_hooks(make_logger: Make, folder: Path) -> None:
    class Renaming:
        name = "renaming"

        @llmlog.hookimpl
        def redact(self, payload: llmlog.Payload, destination: str) -> llmlog.Payload:
            from attrs import evolve

            return evolve(payload, name=f"seen by {destination}")

    logger = make_logger(Renaming(), audit_log=folder, audit_content="masked")
    with logger.call(messages=[{"role": "user", "content": f"hello, {CANARY}"}]):
        pass
    (record,) = records_in(folder)
    assert record["name"] == "seen by audit"
    assert "hello" in json.dumps(record)
    assert CANARY not in json.dumps(record)


def test_a_call_whose_record_cannot_be_written_fails(make_logger: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    records = Records()
    logger = make_logger(records, audit_log=tmp_path / "file", audit_required=True)
    with pytest.raises(AuditError), logger.call(name="one"):
        pass
    with pytest.raises(AuditError):
        list(logger.start_call(name="two").stream(iter(["a", "b"])))
    with pytest.raises(AuditError):
        logger.start_call(name="three").finish("answer")
    logger.flush(20)
    assert [payload.name for payload in records.all()] == ["one", "two", "three"]


def test_where_it_is_not_required_a_problem_is_said_and_no_call_fails(
    make_logger: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    logger = make_logger(Records(), audit_log=tmp_path / "file")
    with logger.call(name="one"):
        pass
    assert "the audit log cannot be written" in caplog.text


def test_the_command_names_the_end_and_the_break(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = written(tmp_path, 10)
    command = ["audit", "verify", "--folder", str(tmp_path)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert said.startswith("whole up to 10:")
    assert main([*command, "--expect", said.removeprefix("whole up to ").strip()]) == 0
    path.write_bytes(b"".join(_changed(path.read_bytes().splitlines(keepends=True))))
    capsys.readouterr()
    assert main(command) == 1
    assert f"broken at {path}:5: it was changed" in capsys.readouterr().out
    assert main(["audit", "verify", "--folder", str(tmp_path / "none")]) == 1
