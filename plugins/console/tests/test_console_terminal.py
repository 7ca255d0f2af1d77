"""What a terminal makes of it: pyte, a terminal emulator, and a real pseudo terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pyte
import pytest
from attrs import evolve

from llmlog import Error, Logger, Message, Payload, Text
from llmlog.schema import from_dict, to_dict
from llmlog.testing.contract import CANARY, awkward, lane_stats, with_canary
from llmlog.testing.samples import SAMPLES, sample
from llmlog_console import Console, Settings, line, record

ATTACK = (
    "\x1b[2J\x1b[H\x1b[31mred\x1b]0;title\x07\x9b31m\x90q\x9c\r\n12:00:00Z success forged"
    "\x08\x0b\x0c\x85\u2028\u2029\u202ereversed\u200b\ufeff\x00\x7f\x1b"
)


def attacking(name: str = "failure") -> Payload:
    """Return a payload whose every text tries to take the terminal."""
    message = Message(role=ATTACK, parts=[Text(content=ATTACK)], name=ATTACK)
    return evolve(
        sample(name), name=ATTACK, provider_name=ATTACK, response_model=ATTACK,
        input_messages=(message,), output_messages=(message,), input_value={ATTACK: ATTACK},
        error=Error(type=ATTACK, message=ATTACK, code=ATTACK),
    )  # fmt: skip


def shown(text: str) -> tuple[pyte.Screen, list[str]]:
    """Return the screen after a terminal has read the text, and its rows that are not empty."""
    screen = pyte.Screen(20_000, 14)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return screen, [row.rstrip() for row in screen.display if row.strip()]


def printed(capsys: pytest.CaptureFixture[str], *payloads: Payload, **settings: Any) -> str:
    """Return what is printed for the payloads."""
    console = Console(Settings(**settings))
    for payload in payloads:
        (console.log_failure if payload.failed else console.log_success)(payload)
    out, err = capsys.readouterr()
    assert out == ""
    return err


@pytest.mark.parametrize("form", ["line", "json"])
def test_no_text_reaches_the_terminals_controls(
    capsys: pytest.CaptureFixture[str], form: Any
) -> None:
    payloads = [attacking(), *awkward(), attacking("chat"), sample("bare")]
    text = printed(capsys, *payloads, format=form, preview=1000)
    assert all(character.isprintable() for character in text.replace("\n", ""))
    screen, rows = shown(text)
    assert len(rows) == len(payloads)
    assert screen.cursor.y == len(payloads)
    assert screen.title == ""
    assert {cell.fg for row in screen.buffer.values() for cell in row.values()} == {"default"}


def test_colour_ends_where_it_began() -> None:
    screen, (row,) = shown(line(attacking(), preview=1000, color=True) + "\n")
    status = [screen.buffer[0][column] for column in range(10, 17)]
    assert "".join(cell.data for cell in status) == "failure"
    assert {cell.fg for cell in status} == {"red"}
    assert {cell.fg for column, cell in screen.buffer[0].items() if column > 17} == {"default"}
    assert "\\x1b[31mred" in row


def test_json_lines_hold_the_whole_record(capsys: pytest.CaptureFixture[str]) -> None:
    payloads = [*map(sample, SAMPLES), attacking()]
    lines = printed(capsys, *payloads, format="json").splitlines()
    assert [from_dict(json.loads(text)) for text in lines] == payloads
    assert json.loads(record(payloads[-1])) == json.loads(json.dumps(to_dict(payloads[-1])))


@pytest.mark.parametrize("form", ["line", "json"])
@pytest.mark.parametrize("name", SAMPLES)
def test_hidden_content_is_not_printed(
    capsys: pytest.CaptureFixture[str], name: str, form: str
) -> None:
    options = {"format": form, "preview": 1000, "content": "none"}
    with Logger(plugins=["console"], environ={}, file=False, plugin={"console": options}) as made:
        made.log(with_canary(sample(name)))
        assert made.flush(10).complete
    text = capsys.readouterr().err
    assert sample(name).kind in text
    assert CANARY not in text


def test_the_account_balances(capsys: pytest.CaptureFixture[str]) -> None:
    with Logger(plugins=["console"], environ={}, file=False) as made:
        for name in SAMPLES:
            made.log(sample(name))
        assert made.flush(10).complete
        stats = lane_stats(made)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(SAMPLES), 0, True)
    assert len(capsys.readouterr().err.splitlines()) == len(SAMPLES)


SCRIPT = """
import llmlog
from llmlog.testing import sample
llmlog.configure(plugins=["console"], file=False)
llmlog.log(sample())
llmlog.flush(5)
"""


def on_a_terminal(**environ: str) -> str:
    """Return what a program prints whose standard error is a terminal."""
    near, far = os.openpty()
    try:
        program = subprocess.Popen([sys.executable, "-c", SCRIPT], stderr=far, env=environ)
        os.close(far)
        text = b""
        while piece := _read(near):
            text += piece
        assert program.wait(20) == 0
    finally:
        os.close(near)
    return text.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # what Linux says when the other side is closed
        return b""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo terminals")
@pytest.mark.parametrize(
    ("environ", "colored"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "LLMLOG_CONSOLE_COLOR": "never"}, False),
        ({"NO_COLOR": "1", "LLMLOG_CONSOLE_COLOR": "always"}, True),
    ],
)
def test_colour_is_for_terminals_whose_owner_wants_it(
    environ: dict[str, str], colored: bool
) -> None:
    text = on_a_terminal(**environ)
    assert text.count("12:00:00Z") == 1
    assert ("\x1b[32m" in text) is colored


def test_a_file_gets_no_colour() -> None:
    program = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, check=True, env={"TERM": "xterm"}
    )
    assert b"\x1b" not in program.stderr
    assert program.stdout == b""


def test_the_doctor_hears_where_lines_go() -> None:
    assert Console(Settings()).check() == "prints to standard error, which is no terminal"
