"""Dead letters, the spool and stored files, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmlog.cli import main
from llmlog.delivery.dead_letter import DeadLetters
from llmlog.encoding import loads
from llmlog.logger import Logger
from llmlog.schema import to_json
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample

REJECT, DOWN = Answer(status=400, content=b"bad"), Answer(status=503)


pytestmark = pytest.mark.usefixtures("site")


def leave_letters(endpoint: ScriptedEndpoint, *names: str) -> None:
    endpoint.default = REJECT
    with Logger() as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(10).complete
        assert logger.stats()[1].dead_lettered == len(names)
    endpoint.default = Answer()
    endpoint.requests.clear()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    return status, capsys.readouterr().out


def arrived(endpoint: ScriptedEndpoint) -> list[str]:
    return [name for request in endpoint.requests for name in request.json()]


def test_dead_letters_are_listed_with_their_reason(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_letters(endpoint, "chat", "failure")
    status, out = run(capsys, "dead", "list")
    lines = out.splitlines()
    assert (status, len(lines)) == (0, 3)
    assert sample("chat").id in out
    assert "HTTP 400 bad" in lines[1]
    assert run(capsys, "dead", "list", "--plugin", "other")[1] == "no dead letters\n"
    assert run(capsys, "dead", "list", "--since", "2999-01-01")[1] == "no dead letters\n"
    assert len(run(capsys, "dead", "list", "--since", "1h")[1].splitlines()) == 3


def test_a_dead_letter_is_shown_whole(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_letters(endpoint, "chat", "failure")
    status, out = run(capsys, "dead", "show", sample("failure").id)
    shown: Any = loads(out)
    assert (status, shown["payload"]["id"]) == (0, sample("failure").id)
    assert run(capsys, "dead", "show", "no-such-id")[0] == 1


def test_a_replay_delivers_and_a_second_one_finds_nothing(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path
) -> None:
    leave_letters(endpoint, "chat", "failure")
    status, out = run(capsys, "dead", "replay", "--rate", "1000")
    assert (status, out) == (0, "2 of 2 delivered; 0 kept as they were, 0 rejected again\n")
    assert sorted(arrived(endpoint)) == sorted([sample("chat").id, sample("failure").id])
    assert list(DeadLetters(site).read()) == []
    assert run(capsys, "dead", "replay") == (0, "no dead letters\n")


def test_a_replay_that_is_rejected_again_leaves_one_letter(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path
) -> None:
    leave_letters(endpoint, "chat")
    endpoint.default = REJECT
    assert run(capsys, "dead", "replay")[0] == 1
    assert [letter.id for letter in DeadLetters(site).read()] == [sample("chat").id]


def test_a_replay_that_does_not_get_through_keeps_the_letters(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path
) -> None:
    leave_letters(endpoint, "chat")
    endpoint.default = DOWN
    status, out = run(capsys, "dead", "replay", "--timeout", "0.3")
    assert (status, out) == (1, "0 of 1 delivered; 1 kept as they were, 0 rejected again\n")
    assert [letter.id for letter in DeadLetters(site).read()] == [sample("chat").id]


def test_a_replay_obeys_todays_policy(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    leave_letters(endpoint, "chat")
    endpoint.default = REJECT
    monkeypatch.setenv("LLMLOG_CONTENT", "none")
    run(capsys, "dead", "replay")
    (letter,) = DeadLetters(site).read()
    assert letter.payload().input_messages[0].text == "[hidden]"


def test_purge_removes_what_was_chosen(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path
) -> None:
    leave_letters(endpoint, "chat", "failure")
    assert run(capsys, "dead", "purge", sample("chat").id) == (0, "removed 1\n")
    assert [letter.id for letter in DeadLetters(site).read()] == [sample("failure").id]
    assert (site / "dead" / "dummy.jsonl").stat().st_mode & 0o777 == 0o600
    assert run(capsys, "dead", "purge") == (0, "removed 1\n")
    assert list(DeadLetters(site).read()) == []


def test_a_letter_that_was_cut_short_is_left_out_and_left_alone(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path
) -> None:
    leave_letters(endpoint, "chat")
    with (site / "dead" / "dummy.jsonl").open("ab") as file:
        file.write(b'{"exporter": "dummy", "pay')
    assert len(run(capsys, "dead", "list")[1].splitlines()) == 2
    run(capsys, "dead", "purge")
    assert (site / "dead" / "dummy.jsonl").read_bytes() == b'{"exporter": "dummy", "pay'


def leave_in_spool(endpoint: ScriptedEndpoint) -> str:
    endpoint.default = DOWN
    with Logger(mode="strict") as logger:
        with logger.call(model="m") as call:
            call.finish("x")
        logger.close(0)
    endpoint.default = Answer()
    endpoint.requests.clear()
    return call.id


def test_where_follows_a_record_from_the_spool_to_its_delivery(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], site: Path
) -> None:
    call = leave_in_spool(endpoint)
    status, out = run(capsys, "where", call)
    assert status == 0
    assert out.splitlines()[1].split()[:3] == ["dummy", "on", "disk"]
    status, out = run(capsys, "stats")
    assert "dummy/default" in out
    assert (status, out.splitlines()[-1].split()[-1]) == (0, "1")
    status, out = run(capsys, "replay")
    assert (status, out) == (0, "dummy: 1 of 1 delivered, 0 waiting, 0 rejected\n")
    assert arrived(endpoint) == [call]
    status, out = run(capsys, "where", call)
    assert "delivered" in out
    assert "on disk" not in out
    assert list((site / "spool").glob("*")) == []
    assert run(capsys, "where", "no-such-id")[0] == 1


def test_stats_show_each_process(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    with Logger(mode="spool") as logger:
        logger.log(sample())
        assert logger.flush(10).complete
    status, out = run(capsys, "stats")
    row = next(line for line in out.splitlines() if " dummy " in line)
    assert status == 0
    assert "(ended)" in row
    assert row.split()[5:10] == ["1", "1", "0", "0", "0"]
    _, out = run(capsys, "stats", "--bytes")
    row = next(line for line in out.splitlines() if " dummy " in line)
    accepted, delivered, *rest = row.split()[5:10]
    assert accepted == delivered
    assert int(accepted) > 100
    assert rest == ["0", "0", "0"]


def test_files_of_json_lines_are_sent(
    endpoint: ScriptedEndpoint, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "records.jsonl"
    lines = [to_json(sample(name)) for name in SAMPLES]
    path.write_bytes(b"\n".join([*lines, b"", b"no json", b"[1]"]))
    status, out = run(capsys, "replay", str(path), "--plugin", "dummy")
    assert (status, out) == (
        1,  # two lines are no records
        f"dummy: {len(SAMPLES)} of {len(SAMPLES)} delivered, 0 waiting, 0 rejected\n",
    )
    assert sorted(arrived(endpoint)) == sorted(sample(name).id for name in SAMPLES)
    assert run(capsys, "replay", str(path), "--since", "2999-01-01")[1].startswith("dummy: 0 of 0")


def test_misuse_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["replay", "--rate", "5"]) == 2
    assert main(["replay", "no-such-file"]) == 2
    monkeypatch.delenv("LLMLOG_DIRECTORY")
    assert main(["stats"]) == 2
    assert "set LLMLOG_DIRECTORY" in capsys.readouterr().err
