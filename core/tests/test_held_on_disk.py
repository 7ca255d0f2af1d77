"""What is held, because another try may follow, outlives the process in every mode with a spool."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog.logger import Logger
from llmlog.testing import ScriptedEndpoint, sample
from llmlog.testing.virtual import VirtualClock

WORDS = "words that nobody else may read"
FAILED = evolve(sample("failure"), input_value=WORDS)
NEXT = sample("chat")

PROGRAM = """
import os, signal, sys
from test_held_on_disk import hold, start
logger = start("http://127.0.0.1:1", sys.argv[1], sys.argv[2])
hold(logger)
if sys.argv[2] == "spool":
    logger._pipeline._spooling.write()  # what its thread does within 25 ms
os.kill(os.getpid(), signal.SIGKILL)
"""


@frozen
class Settings:
    """None."""


def start(url: str, directory: str | Path, mode: str = "strict", **settings: Any) -> Logger:
    made = HTTPExporter(
        name="example", settings=Settings, limits=Limits(events=10, age_s=0.01),
        encode=lambda _, batch: Request.json(url, [payload.id for payload in batch]),
    )  # fmt: skip
    return Logger(plugins=[made], environ={}, file=False, mode=mode, directory=Path(directory),
                  **settings)  # fmt: skip


def hold(logger: Logger) -> None:
    def made(tries: Any) -> list[Payload]:
        return list(tries)

    logger.holding.hold([FAILED], lambda tries: logger.log(tries[-1]), 600.0, made)


def arrived(endpoint: ScriptedEndpoint) -> list[str]:
    return [name for request in endpoint.requests for name in request.json()]


def on_disk(directory: Path) -> list[bytes]:
    (path,) = (directory / "spool").glob("*.sqlite3")
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    found = connection.execute("select content from event join owed using (number)").fetchall()
    connection.close()
    return [content for (content,) in found]


def eventually(condition: Callable[[], object], timeout_s: float = 30.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come true"
        time.sleep(0.005)


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on this platform")
@pytest.mark.parametrize("mode", ["spool", "strict", "audit"])
def test_what_a_killed_process_held_is_delivered_by_the_next_one(
    mode: str, endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), mode], check=False, timeout=60,
                   cwd=Path(__file__).parent)  # fmt: skip
    assert len(on_disk(tmp_path)) == 1
    with start(endpoint.url, tmp_path) as logger:
        eventually(lambda: arrived(endpoint))
    assert arrived(endpoint) == [FAILED.id]
    assert not list((tmp_path / "spool").glob("*.sqlite3"))
    assert logger.stats()[1].balanced


def test_what_is_held_is_redacted_on_disk(endpoint: ScriptedEndpoint, tmp_path: Path) -> None:
    with start(endpoint.url, tmp_path, content="none") as logger:
        hold(logger)
        (content,) = on_disk(tmp_path)
        assert WORDS.encode() not in content
        assert FAILED.id.encode() in content


def test_what_is_released_is_delivered_once(endpoint: ScriptedEndpoint, tmp_path: Path) -> None:
    with start(endpoint.url, tmp_path) as logger:
        hold(logger)
        assert logger.flush(10).complete
        eventually(lambda: not on_disk(tmp_path))
        stats = logger.stats()[1]
    assert (stats.accepted, stats.delivered, stats.balanced) == (1, 1, True)
    assert not list((tmp_path / "spool").glob("*.sqlite3"))
    with start(endpoint.url, tmp_path) as logger:
        logger.adopt()
    assert arrived(endpoint) == [FAILED.id]


def test_what_the_next_try_takes_along_is_struck_once_that_is_recorded(
    endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    with start(endpoint.url, tmp_path) as logger:
        hold(logger)
        assert logger.holding.take(lambda _: True) == (FAILED,)
        assert len(on_disk(tmp_path)) == 1
        logger.log(NEXT)
        assert logger.flush(10).complete
        eventually(lambda: not on_disk(tmp_path))
    assert arrived(endpoint) == [NEXT.id]


def test_an_end_right_after_it_was_taken_along_leaves_nothing(
    endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    with start(endpoint.url, tmp_path) as logger:
        hold(logger)
        logger.holding.take(lambda _: True)
        logger.log(NEXT)
    assert arrived(endpoint) == [NEXT.id]
    assert not list((tmp_path / "spool").glob("*.sqlite3"))


def test_in_memory_mode_nothing_is_made_of_what_is_held(endpoint: ScriptedEndpoint) -> None:
    def never(_: Any) -> list[Payload]:
        raise AssertionError

    with Logger(plugins=[], environ={}, file=False, clock=VirtualClock()) as logger:
        logger.holding.hold([FAILED], bool, 600.0, never)
        logger.holding.take(lambda _: True)
    assert logger.stats()[-1].balanced
