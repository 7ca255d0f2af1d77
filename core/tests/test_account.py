"""The account, in bytes as in events: whatever happens to an event, its bytes go with it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from llmlog import ClientExporter, Limits
from llmlog.delivery.outcome import Delivered, Rejected, Retryable, Verdict
from llmlog.delivery.stats import LaneStats
from llmlog.logger import Logger
from llmlog.testing import sample
from llmlog.weight import rough_size

Make = Callable[..., Logger]


@frozen
class Nothing:
    """Settings of an exporter that has none."""


def exporter(answer: Callable[[list[str]], Verdict], events: int = 1) -> Any:
    return ClientExporter(
        name="x", settings=Nothing, connect=lambda _: None, limits=Limits(events=events, age_s=0.0),
        send=lambda _, __, batch: answer([payload.id for payload in batch]),
    )  # fmt: skip


def of(logger: Logger) -> LaneStats:
    return logger.stats()[1]


def texts(count: int, characters: int = 1000) -> list[Any]:
    made = sample("bare")
    return [evolve(made, id=str(number), input_value="z" * characters) for number in range(count)]


@pytest.mark.parametrize("mode", ["memory", "spool", "strict"])
def test_bytes_go_where_their_events_go(mode: str, make_logger: Make, tmp_path: Path) -> None:
    def answer(ids: list[str]) -> Verdict:
        return Rejected("no") if ids == ["1"] else Delivered()

    logger = make_logger(exporter(answer), mode=mode, directory=tmp_path)
    for payload in texts(5):
        logger.log(payload)
    assert logger.flush(20).complete
    stats = of(logger)
    assert (stats.delivered, stats.dead_lettered, stats.balanced) == (4, 1, True)
    assert stats.dead_lettered_bytes >= 1000
    assert stats.accepted_bytes == stats.delivered_bytes + stats.dead_lettered_bytes
    assert stats.pending_bytes == 0


def test_without_a_spool_bytes_are_those_of_the_texts(make_logger: Make) -> None:
    logger = make_logger(exporter(lambda _: Delivered()))
    payloads = texts(3)
    for payload in payloads:
        logger.log(payload)
    assert logger.flush(20).complete
    assert of(logger).accepted_bytes == sum(map(rough_size, payloads))


def test_what_waits_on_disk_is_counted_in_bytes_and_keeps_them_in_the_next_process(
    make_logger: Make, tmp_path: Path
) -> None:
    down = exporter(lambda _: Retryable("down"))
    first = make_logger(down, mode="spool", directory=tmp_path, plugin={"x": {"queue_events": 2}})
    for payload in texts(9):
        first.log(payload)
    first.flush(0.1)
    first.close(0)
    left = of(first)
    assert left.balanced
    assert left.pending == 9
    second = make_logger(exporter(lambda _: Delivered()), mode="spool", directory=tmp_path)
    second.adopt()
    assert second.flush(20).complete
    stats = of(second)
    assert (stats.accepted_bytes, stats.delivered_bytes) == (left.pending_bytes,) * 2


def test_a_file_of_the_first_format_is_delivered(make_logger: Make, tmp_path: Path) -> None:
    """It knows no sizes: its events are counted, their bytes are not."""
    first = make_logger(exporter(lambda _: Retryable("x")), mode="spool", directory=tmp_path)
    first.log(texts(1)[0])
    first.flush(0.1)
    first.close(0)
    (path,) = (tmp_path / "spool").glob("*.sqlite3")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "create table before (number integer, lane text, primary key (number, lane))"
            " without rowid; insert into before select number, lane from owed; drop table owed;"
            " alter table before rename to owed; pragma user_version = 0;"
        )
    second = make_logger(exporter(lambda _: Delivered()), mode="spool", directory=tmp_path)
    second.adopt()
    assert second.flush(20).complete
    assert (of(second).delivered, of(second).balanced) == (1, True)


def test_a_file_of_a_newer_format_stays_as_it_is(
    make_logger: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = make_logger(exporter(lambda _: Retryable("x")), mode="spool", directory=tmp_path)
    first.log(texts(1)[0])
    first.flush(0.1)
    first.close(0)
    (path,) = (tmp_path / "spool").glob("*.sqlite3")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("pragma user_version = 99")
    second = make_logger(exporter(lambda _: Delivered()), mode="spool", directory=tmp_path)
    second.adopt()
    assert of(second).accepted == 0
    assert path.exists()
    assert "newer llmlog" in caplog.text
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from event").fetchone() == (1,)


def test_every_drop_is_counted_in_bytes(make_logger: Make) -> None:
    gate, began = threading.Event(), threading.Event()

    def answer(_: list[str]) -> Verdict:
        began.set()
        gate.wait(20)
        return Delivered()

    logger = make_logger(exporter(answer), plugin={"x": {"queue_events": 2}})
    payloads = texts(6)
    logger.log(payloads[0])
    began.wait(20)
    for payload in payloads[1:]:
        logger.log(payload)
    assert logger.flush(0.2).pending == {"x": 3}
    stats = of(logger)
    assert stats.dropped == {"queue_full": 3}
    assert stats.dropped_bytes == {"queue_full": 3 * rough_size(payloads[0])}
    assert stats.pending_bytes == 3 * rough_size(payloads[0])
    assert stats.balanced
    gate.set()
