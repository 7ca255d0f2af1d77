"""What befalls a spool on disk: it costs what it hits, and never the process."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from llmlog import ClientExporter, Limits
from llmlog.delivery.outcome import Retryable
from llmlog.delivery.stats import LaneStats
from llmlog.logger import Logger
from llmlog.testing import sample

EVENTS = 40
POSIX = pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")


@frozen
class Nothing:
    """Settings of an exporter that has none."""


def exporter(send: Callable[[Sequence[Any]], Any]) -> Any:
    return ClientExporter(name="x", settings=Nothing, connect=bool,
                          limits=Limits(events=10, age_s=0.01),
                          send=lambda _, __, batch: send(batch))  # fmt: skip


def down(_: Sequence[Any]) -> Retryable:
    return Retryable("down")


LEAVE = """
import os, sys
sys.path.insert(0, {folder!r})
from test_disk_faults import *
logger = Logger(plugins=[exporter(down)], environ={{}}, file=False, mode="strict", directory={directory!r})
for number in range(EVENTS):
    logger.log(evolve(sample("bare"), id=str(number), input_value="z" * 300))
os._exit(0)
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory as a process leaves it that died with `EVENTS` events pending."""
    directory = tmp_path_factory.mktemp("left")
    source = LEAVE.format(folder=str(Path(__file__).parent), directory=str(directory))
    subprocess.run([sys.executable, "-c", source], check=True, timeout=60)
    return directory


@pytest.fixture
def spool(left: Path, tmp_path: Path) -> Path:
    """Return the only spool file of a copy of that directory."""
    shutil.copytree(left, tmp_path / "d", dirs_exist_ok=True)
    (path,) = (tmp_path / "d" / "spool").glob("*.sqlite3")
    return path


def directory_of(path: Path) -> Path:
    return path.parent.parent


def recovered(directory: Path, seconds: float = 60.0) -> tuple[Counter[str], LaneStats]:
    """Let a process adopt what is there; return what it delivered, and its account."""
    taken: Counter[str] = Counter()
    logger = Logger(plugins=[exporter(lambda batch: taken.update(each.id for each in batch))],
                    environ={}, file=False, mode="spool", directory=directory)  # fmt: skip
    logger.adopt()
    logger.log(evolve(sample("bare"), id="new"))
    end_s = time.monotonic() + seconds
    while not logger.flush(1).complete:
        assert time.monotonic() < end_s, logger.stats()
    stats = logger.stats()[1]
    logger.close(5)
    assert stats.balanced
    assert taken.pop("new") == 1
    return taken, stats


def whole() -> Counter[str]:
    return Counter(map(str, range(EVENTS)))


def test_what_a_dead_process_left_is_delivered_once(spool: Path) -> None:
    taken, _ = recovered(directory_of(spool))
    assert taken == whole()
    assert not list(spool.parent.glob("*.sqlite3"))


@pytest.mark.parametrize("part", range(12))
def test_a_torn_tail_costs_what_was_torn(part: int, spool: Path) -> None:
    log = spool.with_name(spool.name + "-wal")
    size = log.stat().st_size
    assert size > 0
    os.truncate(log, random.Random(part).randrange(size))
    taken, _ = recovered(directory_of(spool))
    assert taken <= whole()
    assert list(taken) == list(map(str, range(len(taken))))


@pytest.mark.parametrize("part", range(12))
def test_bits_that_flip_invent_nothing(part: int, spool: Path) -> None:
    checkpointed(spool)
    chance, content = random.Random(part), bytearray(spool.read_bytes())
    for _ in range(part + 1):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    spool.write_bytes(content)
    taken, stats = recovered(directory_of(spool))
    assert taken <= whole()
    aside = list((spool.parent / "quarantine").glob("*"))
    assert sum(taken.values()) + stats.lost >= EVENTS - 2 * (part + 1) or aside


def checkpointed(path: Path) -> None:
    """Bring everything from the log into the file."""
    connection = sqlite3.connect(path)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()


def other_writers(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + b"\x01" * 5000)


def swap_log(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(os.urandom(20_000))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def duplicate(path: Path) -> None:
    checkpointed(path)
    shutil.copy(path, path.with_name("copy-1.sqlite3"))


def rename(path: Path) -> None:
    checkpointed(path)
    path.rename(path.with_name("renamed-1.sqlite3"))


def without_lock(path: Path) -> None:
    path.with_suffix(".lock").unlink()


@pytest.mark.parametrize(
    ("harm", "copies"),
    [(other_writers, 0), (swap_log, 1), (empty, 0), (Path.unlink, 0), (duplicate, 2), (rename, 1),
     (without_lock, 1)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)  # fmt: skip
def test_a_file_that_was_meddled_with_ends_nothing(
    harm: Callable[[Path], object], copies: int, spool: Path
) -> None:
    harm(spool)
    taken, _ = recovered(directory_of(spool))
    assert set(taken) <= set(whole())
    assert set(taken.values()) <= {max(1, copies)}


def test_a_file_that_a_backup_brings_back_is_sent_again_with_the_same_ids(spool: Path) -> None:
    checkpointed(spool)
    backup = spool.read_bytes()
    first, _ = recovered(directory_of(spool))
    spool.write_bytes(backup)
    second, _ = recovered(directory_of(spool))
    assert first == second == whole()


class Trap:
    """Says so if it is ever unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.abort, ())


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def hard_link(path: Path) -> None:
    target = path.parent.parent.parent / "precious"
    target.write_text("precious")
    os.link(target, path)


def folder(path: Path) -> None:
    path.mkdir()


PLANTED: dict[str, Callable[[Path], object]] = {
    "link": link, "hard link": hard_link, "pipe": os.mkfifo, "folder": folder,
    "pickle": lambda path: path.write_bytes(pickle.dumps(Trap())),
    "zeros": lambda path: path.write_bytes(bytes(100_000)),
}  # fmt: skip


@POSIX
@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_planted_files_are_left_alone_or_put_aside(
    plant: Callable[[Path], object], spool: Path
) -> None:
    plant(spool.parent / "planted-1.sqlite3")
    taken, _ = recovered(directory_of(spool))
    assert taken == whole()
    precious = directory_of(spool).parent / "precious"
    assert not precious.exists() or precious.read_text() == "precious"


def test_two_processes_that_adopt_at_once_deliver_once(spool: Path) -> None:
    taken: Counter[str] = Counter()
    loggers = [
        Logger(plugins=[exporter(lambda batch: taken.update(each.id for each in batch))],
               environ={}, file=False, mode="spool", directory=directory_of(spool))
        for _ in range(4)
    ]  # fmt: skip
    for logger in loggers:
        logger.adopt()
    for logger in loggers:
        assert logger.flush(60).complete
        logger.close(5)
    assert taken == whole()


def test_hundreds_of_files_are_adopted_and_leave_nothing_open(spool: Path) -> None:
    checkpointed(spool)
    connection = sqlite3.connect(spool)
    with connection:
        connection.execute("delete from owed where number > 1")
        connection.execute("delete from event where number > 1")
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    for number in range(200):
        shutil.copy(spool, spool.with_name(f"{number}-1.sqlite3"))
    taken, _ = recovered(directory_of(spool), 120)
    assert taken == {"0": 201}


@pytest.fixture
def shared_memory() -> Iterator[Path]:
    """Yield a directory on a file system in memory."""
    path = Path("/dev/shm") / f"llmlog-test-{os.getpid()}"
    if not path.parent.is_dir():
        pytest.skip("no /dev/shm here")
    path.mkdir()
    yield path
    shutil.rmtree(path)


def test_a_file_system_in_memory_will_do(shared_memory: Path, spool: Path) -> None:
    shutil.copytree(directory_of(spool), shared_memory, dirs_exist_ok=True)
    assert recovered(shared_memory)[0] == whole()


def test_a_directory_that_is_replaced_by_a_link_gets_nothing(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("links of POSIX")
    directory = tmp_path / "d"
    logger = Logger(plugins=[exporter(down)], environ={}, file=False, mode="strict",
                    directory=directory)  # fmt: skip
    logger.log(evolve(sample("bare"), id="a"))
    shutil.move(str(directory / "spool"), tmp_path / "moved")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (directory / "spool").symlink_to(elsewhere)
    logger.log(evolve(sample("bare"), id="b"))
    assert logger.stats()[1].balanced
    assert not list(elsewhere.iterdir())
    logger.close(0)
