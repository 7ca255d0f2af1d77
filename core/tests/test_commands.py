"""What a user may get wrong, or finds wrong, on the command line: it is said, with a remedy."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from llmlog.cli import main
from llmlog.delivery.ledger import Ledger, written
from llmlog.logger import Logger
from llmlog.schema import to_json
from llmlog.testing import Answer, ScriptedEndpoint, VirtualClock, sample

NOBODY = 65534


pytestmark = pytest.mark.usefixtures("site")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as end:  # argparse's own
            status = int(str(end.code))
        said = capfd.readouterr()
        return status, said.out, said.err

    return ran


COMMANDS = (("stats",), ("where", "x"), ("dead", "list"), ("dead", "purge"), ("replay",))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_directory_that_is_not_there_is_said(command: tuple[str, ...], run: Run) -> None:
    status, out, err = run(*command, "--directory", "elsewhere")
    assert (status, out) == (2, "")
    assert err.startswith("elsewhere: no such directory")
    assert not Path("elsewhere").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_directory_of_another_user_is_said(
    command: tuple[str, ...], run: Run, site: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for each in (site / "stats", site / "dead", site / "spool"):
        each.mkdir(mode=0o700, parents=True)
    site.chmod(0o000 if os.getuid() else 0o700)
    run(*command)  # what is imported at first use may be out of another user's reach
    pid = os.fork()
    if pid == 0:
        if not os.getuid():
            os.setuid(NOBODY)
        os._exit(main(command))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    site.chmod(0o700)
    assert "ermission denied" in capfd.readouterr().err


@pytest.mark.parametrize("text", ["yesterday", "2", "2w", "2026-13-01", "99999999999d"])
def test_a_time_that_is_none_is_said(text: str, run: Run) -> None:
    status, _, err = run("dead", "list", "--since", text)
    assert status == 2
    assert f"{text!r} is no time: say 30m, 2h, 7d (ago), 2026-01-31" in err


@pytest.mark.parametrize("text", ["0", "-1", "fast", "nan"])
def test_a_rate_that_is_none_is_said(text: str, run: Run) -> None:
    status, _, err = run("replay", f"--rate={text}")
    assert status == 2
    assert f"{text!r} is no number above 0" in err


def test_a_dead_letter_that_is_not_there_is_said(run: Run, site: Path) -> None:
    site.mkdir()
    assert run("dead", "show", "no-such-id") == (1, "", "no such dead letter\n")


def test_an_account_that_cannot_be_read_hides_no_other(run: Run, site: Path) -> None:
    with Logger(mode="spool") as logger:
        logger.log(sample("chat"))
        logger.flush(10)
    for number, content in enumerate((b"", b"{", b"[]", b'{"lanes": 1}', b'{"lanes": [{}]}')):
        (site / "stats" / f"{number}.json").write_bytes(content)
    status, out, _ = run("stats")
    assert status == 0
    assert "dummy" in out


def test_a_damaged_spool_is_said(run: Run, site: Path) -> None:
    (site / "spool").mkdir(parents=True)
    (site / "spool" / "empty.sqlite3").touch()
    (site / "spool" / "broken.sqlite3").write_bytes(b"no database" * 100)
    _, out, _ = run("stats")
    assert "broken.sqlite3: file is not a database: the next process puts it into `quar" in out
    assert "empty.sqlite3" not in out


def test_lines_that_are_no_records_are_named_and_count(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"\n".join([to_json(sample("chat")), b"", b'{"a": 1}', b"[1]", b"\x00", b"1"]))
    status, out, err = run("replay", str(path))
    assert (status, out) == (1, "dummy: 1 of 1 delivered, 0 waiting, 0 rejected\n")
    said = [line.split(":")[1] + line.split(":")[2] for line in err.splitlines()]
    no_record, no_json = " left out, no record of llmlog", " left out, no JSON"
    assert said == [f"3{no_record}", f"4{no_record}", f"5{no_json}", f"6{no_record}"]


def test_a_replay_says_what_a_running_process_holds(run: Run, endpoint: ScriptedEndpoint) -> None:
    endpoint.default = Answer(status=503)
    with Logger(mode="spool") as logger:
        logger.log(sample("chat"))
        logger.flush(0.2)
        status, out, _ = run("replay", "--timeout", "0.1")
        assert status == 0
        assert "1 for dummy: its process runs, and delivers them itself" in out
    endpoint.default = Answer()
    assert run("replay")[1] == "dummy: 1 of 1 delivered, 0 waiting, 0 rejected\n"


def test_what_a_full_disk_did_not_take_of_the_ledger_is_written_later(tmp_path: Path) -> None:
    ledger = Ledger(VirtualClock(), keep=True)
    ledger.note(("a",), "dummy", "delivered")
    with pytest.raises(OSError, match="x"):
        ledger.append(tmp_path / ("x" * 300))
    ledger.note(("b",), "dummy", "delivered")
    ledger.append(tmp_path)
    assert [[each.state for each in written(tmp_path, call)] for call in "ab"] == 2 * [
        ["delivered"]
    ]


def test_how_long_block_waits_is_a_setting() -> None:
    logger = Logger(plugin={"dummy": {"when_full": "block", "block_s": 0.25}})
    bounds = logger.routes[0].active.options.bounds
    logger.close()
    assert (bounds.when_full, bounds.block_s) == ("block", 0.25)
