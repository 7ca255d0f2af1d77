"""The modes beyond memory: what is accepted outlives the process, and nothing hidden is kept."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from llmlog import HTTPExporter, Limits, Request, env
from llmlog.delivery.stats import LaneStats
from llmlog.errors import SettingsError
from llmlog.logger import Logger
from llmlog.redaction import HIDDEN
from llmlog.secret import Secret
from llmlog.testing import Answer, ScriptedEndpoint

CANARY = "canary-7f3a"
DOWN = Answer(status=503)


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")
    key: Secret = env("EXAMPLE_KEY", default=Secret("fake-credential-1"))


def exporter(name: str = "example", events: int = 10) -> HTTPExporter[Settings]:
    return HTTPExporter(
        name=name, settings=Settings, limits=Limits(events=events, age_s=0.01),
        encode=lambda settings, batch: Request.json(settings.url, [
            {"model": payload.request_model, "input": payload.input_value} for payload in batch]),
    )  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


@pytest.fixture
def start(endpoint: ScriptedEndpoint, tmp_path: Path) -> Iterator[Callable[..., Logger]]:
    """Return what makes a Logger in spool mode, as a process of its own would."""
    made: list[Logger] = []

    def make(*plugins: object, **settings: Any) -> Logger:
        logger = Logger(plugins=plugins or [exporter()], environ={"EXAMPLE_URL": endpoint.url},
                        file=False, **{"mode": "spool", "directory": tmp_path, **settings})  # fmt: skip
        made.append(logger)
        return logger

    yield make
    for logger in made:
        logger.close(0)


def log(logger: Logger, *names: str, **fields: Any) -> None:
    for name in names:
        with logger.call(model=name, **fields) as call:
            call.finish("x")


def arrived(endpoint: ScriptedEndpoint) -> list[str]:
    return [each["model"] for request in endpoint.requests for each in request.json()]


def account(logger: Logger, name: str = "example") -> LaneStats:
    return next(stats for stats in logger.stats() if stats.exporter == name)


def eventually(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come true"
        time.sleep(0.005)


def stop(logger: Logger, events: int, timeout_s: float = 0.0) -> None:
    """End a Logger as a process ends: once it has taken `events`, and with nothing in flight."""
    eventually(lambda: account(logger).accepted == events)
    logger.close(timeout_s)
    eventually(lambda: "llmlog-example" not in {thread.name for thread in threading.enumerate()})


def files(directory: Path) -> list[Path]:
    return sorted((directory / "spool").glob("*.sqlite3"))


def rows(path: Path, table: str) -> list[Any]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(f"select * from {table}").fetchall()
    finally:
        connection.close()


def test_what_is_not_delivered_at_the_end_is_delivered_by_the_next_process(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = DOWN
    first = start()
    log(first, *map(str, range(25)))
    stop(first, 25, 0.1)
    stats = account(first)
    assert (stats.accepted, stats.pending, stats.lost, stats.balanced) == (25, 25, 0, True)
    endpoint.requests.clear()
    endpoint.default = Answer()
    second = start()
    eventually(lambda: account(second).delivered == 25)
    assert arrived(endpoint) == list(map(str, range(25)))
    assert account(second).balanced
    second.close(5)
    assert files(tmp_path) == []


def test_what_is_delivered_is_not_delivered_again(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    first = start()
    log(first, "a", "b")
    assert first.flush(10).complete
    first.close(5)
    assert files(tmp_path) == []
    second = start()
    assert second.flush(10).complete
    assert sorted(arrived(endpoint)) == ["a", "b"]


def test_equal_policies_share_one_copy_and_each_exporter_has_its_own_position(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = DOWN
    logger = start(exporter("a"), exporter("b"), exporter("c"), plugin={"c": {"content": "none"}})
    log(logger, "x", input="hello")
    (path,) = files(tmp_path)
    eventually(lambda: len(rows(path, "owed")) == 3)
    assert len(rows(path, "event")) == 2
    logger.close(0)
    second = start(exporter("a"))
    endpoint.default = Answer()
    eventually(lambda: account(second, "a").delivered == 1)
    second.close(5)
    assert {row[1] for row in rows(path, "owed")} == {"b/default", "c/default"}


def test_what_a_policy_hides_and_credentials_reach_no_disk(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = Answer(status=503)
    logger = start(content="none")
    log(logger, *"abc", input=CANARY, messages=CANARY, metadata={"k": 1})
    (path,) = files(tmp_path)
    eventually(lambda: len(rows(path, "event")) == 3)
    logger.close(0.1)
    content = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert HIDDEN.encode() in content
    assert CANARY.encode() not in content
    assert b"fake-credential" not in content


def test_only_the_owner_can_read_it(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = DOWN
    before = os.umask(0)
    try:
        directory = tmp_path / "new"
        logger = start(directory=directory)
        log(logger, "a")
        eventually(lambda: list((directory / "stats").glob("*.json")))
        eventually(lambda: len(rows(files(directory)[0], "event")) == 1)
        logger.close(0)
    finally:
        os.umask(before)
    made = list(directory.rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}


def test_what_does_not_fit_into_memory_waits_on_disk_in_order(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    gate = threading.Event()
    endpoint.script(lambda _: (gate.wait(20), Answer())[1])
    logger = start(exporter(events=4), plugin={"example": {"queue_events": 5,
                                                          "concurrency": 1}})  # fmt: skip
    log(logger, "first")
    endpoint.wait_for(1)
    log(logger, *map(str, range(60)))
    eventually(lambda: account(logger).accepted == 61)
    assert (account(logger).pending, account(logger).lost) == (61, 0)
    gate.set()
    assert logger.flush(20).complete
    assert arrived(endpoint) == ["first", *map(str, range(60))]
    assert account(logger).balanced


def test_a_policy_that_became_stricter_holds_for_what_is_on_disk(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    endpoint.default = DOWN
    first = start()
    log(first, "a", input=CANARY)
    stop(first, 1)
    endpoint.requests.clear()
    endpoint.default = Answer()
    second = start(content="none")
    eventually(lambda: account(second).delivered == 1)
    assert endpoint.requests[0].json() == [{"model": "a", "input": HIDDEN}]


def test_what_is_too_old_is_given_up_and_counted(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = DOWN
    first = start()
    log(first, "a", "b")
    stop(first, 2)
    second = start(spool_keep_s=0.0)
    eventually(lambda: account(second).dropped == {"too_old": 2})
    assert account(second).balanced
    second.close(5)
    assert files(tmp_path) == []


def test_a_file_that_is_no_spool_is_put_aside(
    start: Callable[..., Logger], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "old-1.sqlite3").write_bytes(b"no database at all, " * 500)
    logger = start()
    log(logger, "a")
    assert logger.flush(10).complete
    eventually((folder / "quarantine" / "old-1.sqlite3").exists)
    assert "damaged old-1.sqlite3" in caplog.text


def test_damage_costs_the_event_that_it_hit(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = DOWN
    first = start()
    log(first, *"abc", input="z" * 3000)
    stop(first, 3)
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b'"request_model":"b"') + 18] ^= 1
    path.write_bytes(content)
    endpoint.requests.clear()
    endpoint.default = Answer()
    second = start()
    eventually(lambda: account(second).accepted == 3 and account(second).pending == 0)
    assert arrived(endpoint) == ["a", "c"]
    assert (account(second).dropped, account(second).balanced) == ({"spool_damaged": 1}, True)


@pytest.mark.parametrize("position", range(0, 40_000, 3_001))
def test_a_page_of_zeros_anywhere_ends_nothing(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path, position: int
) -> None:
    endpoint.default = DOWN
    first = start()
    log(first, *map(str, range(20)), input="z" * 1000)
    stop(first, 20)
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    page = position // 4096 * 4096
    content[page : page + 4096] = bytes(len(content[page : page + 4096]))
    path.write_bytes(content)
    endpoint.requests.clear()
    endpoint.default = Answer()
    second = start()
    log(second, "new")
    eventually(lambda: "new" in arrived(endpoint) and not account(second).pending)
    stats = account(second)
    assert stats.balanced
    assert set(arrived(endpoint)) <= {"new", *map(str, range(20))}
    second.close(5)
    assert stats.accepted == stats.delivered + stats.lost


def test_planted_links_are_not_followed(start: Callable[..., Logger], tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    target = tmp_path / "elsewhere"
    target.write_bytes(b"precious")
    (folder / "x-1.sqlite3").symlink_to(target)
    (folder / "y-1.lock").symlink_to(target)
    (folder / "y-1.sqlite3").write_bytes(b"")
    logger = start()
    log(logger, "a")
    assert logger.flush(10).complete
    assert target.read_bytes() == b"precious"


def test_a_spool_that_is_full_leaves_events_in_memory(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.default = DOWN
    logger = start(spool_bytes=60_000)
    log(logger, *map(str, range(100)), input="z" * 1000)
    eventually(lambda: account(logger).accepted == 100)
    logger.close(0)
    stats = account(logger)
    assert stats.balanced
    assert 0 < stats.pending < 100
    assert stats.dropped == {"shutdown": 100 - stats.pending}
    assert "spool: full" in caplog.text


@pytest.mark.parametrize("mode", ["spool", "strict"])
def test_what_a_full_disk_did_not_take_until_the_end_is_counted_as_lost(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path, mode: str
) -> None:
    endpoint.default = DOWN
    logger = start(mode=mode)
    log(logger, "kept")
    logger.flush(0.1)
    logger._pipeline._spooling._scribe._spool._file._connection.execute("pragma query_only = on")
    log(logger, "lost", "lost too")
    stop(logger, 3)
    stats = account(logger)
    assert (stats.pending, stats.dropped, stats.balanced) == (1, {"shutdown": 2}, True)
    (path,) = files(tmp_path)
    assert len(rows(path, "owed")) == 1


@pytest.mark.parametrize("mode", ["strict", "audit"])
def test_the_record_is_on_disk_before_finish_returns(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path, mode: str
) -> None:
    endpoint.default = DOWN
    logger = start(mode=mode)
    (path,) = files(tmp_path)
    for number in range(1, 6):
        log(logger, str(number))
        assert len(rows(path, "event")) == number


def test_strict_mode_redacts_on_the_callers_thread_also_within_a_loop(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    import asyncio

    from attrs import evolve

    import llmlog

    class Redactor:
        name = "redactor"

        @llmlog.hookimpl
        async def redact(self, payload: Any, destination: str) -> Any:
            await asyncio.sleep(0)
            return evolve(payload, input_value="gone")

    logger = start(exporter(), Redactor(), mode="strict")

    async def work() -> None:
        async with logger.call(model="m", input=CANARY) as call:
            call.finish("x")

    asyncio.run(work())
    assert logger.flush(10).complete
    assert endpoint.requests[0].json() == [{"model": "m", "input": "gone"}]


def test_many_threads_in_strict_mode_leave_the_account_exact(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    logger = start(mode="strict")
    threads = [threading.Thread(target=log, args=(logger, *(f"{thread}-{number}" for number in range(40))))
               for thread in range(6)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logger.flush(20).complete
    assert len(set(arrived(endpoint))) == len(arrived(endpoint)) == 240
    logger.close(5)
    assert files(tmp_path) == []


def test_a_mode_without_a_directory_is_a_problem_with_a_remedy() -> None:
    with pytest.raises(SettingsError, match="set LLMLOG_DIRECTORY"):
        Logger(plugins=[], environ={}, file=False, mode="spool")


def test_a_directory_that_cannot_be_used_is_said_and_the_rest_works(
    tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    (tmp_path / "file").write_text("")
    logger = Logger(plugins=[exporter()], environ={"EXAMPLE_URL": endpoint.url}, file=False,
                    strict=False, mode="spool", directory=tmp_path / "file")  # fmt: skip
    assert any("spool" in problem for problem in logger.problems)
    log(logger, "a")
    assert logger.flush(10).complete
    logger.close()


def test_the_ledger_knows_where_a_record_is(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    endpoint.script(DOWN, Answer(content=b'{"remote_id": "r-1"}'))
    logger = start()
    with logger.call(model="m") as call:
        call.finish("x")
    eventually(lambda: [each.state for each in logger.where(call.id)] == ["sending"])
    assert logger.flush(20).complete
    (where,) = logger.where(call.id)
    assert (where.exporter, where.state, where.attempt) == ("example", "delivered", 2)
    assert "HTTP 200" in where.detail
    assert "r-1" in where.detail
    assert logger.where("no-such-id") == []


FULL = """
import resource, sys, threading, time
from attrs import frozen
from llmlog import HTTPExporter, Limits, Request, env
from llmlog.logger import Logger

@frozen
class Settings:
    url: str = env("EXAMPLE_URL", default="http://127.0.0.1:1", help="where to")

exporter = HTTPExporter(name="example", settings=Settings,
    encode=lambda settings, batch: Request.json(settings.url, [p.id for p in batch]))
logger = Logger(plugins=[exporter], file=False, mode="strict", directory=sys.argv[1])
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
for number in range(50):
    with logger.call(input="z" * 1000) as call:
        call.finish("x")
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
with logger.call(input="z") as call:
    call.finish("x")
print("healed", flush=True)
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes")
def test_a_full_disk_heals_and_what_waited_is_written(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True,
                          text=True, timeout=60, check=False)  # fmt: skip
    assert done.stdout == "healed\n"
    assert "cannot write" in done.stderr
    (path,) = files(tmp_path)
    assert len(rows(path, "event")) == 51


def test_only_audit_mode_asks_for_a_sync_of_each_commit(
    start: Callable[..., Logger], tmp_path: Path
) -> None:
    found = {}
    for mode in ("spool", "strict", "audit"):
        logger = start(mode=mode, directory=tmp_path / mode)
        file = logger._pipeline._spooling._scribe._spool._file
        found[mode] = file._connection.execute("pragma synchronous").fetchone()[0]
    assert found == {"spool": 1, "strict": 1, "audit": 2}


def test_what_is_dropped_is_not_delivered_by_the_next_process(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = DOWN
    logger = start(plugin={"example": {"queue_events": 3, "when_full": "drop_oldest"}},
                   spool_bytes=40_000)  # fmt: skip
    log(logger, *map(str, range(100)), input="z" * 1000)
    stop(logger, 100)
    first = account(logger)
    assert first.dropped["queue_full"] > 0
    second = start()
    eventually(lambda: account(second).accepted == first.pending)
    assert (first.balanced, account(second).balanced) == (True, True)


def test_a_directory_that_vanishes_is_made_anew(
    start: Callable[..., Logger], endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    import shutil

    endpoint.default = DOWN
    logger = start(mode="strict")
    log(logger, "lost")
    shutil.rmtree(tmp_path / "spool")
    logger.adopt()
    log(logger, "kept")
    (path,) = files(tmp_path)
    assert len(rows(path, "event")) == 1
