"""The order in which a spool writes, and in how many steps.

Each statement gives up the interpreter for a moment, which a busy thread of the application may
then keep for 5 ms and more: what has to be on disk soon is one statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmlog.clock import Clock
from llmlog.delivery.spool import Spool
from llmlog.delivery.spool_file import ENTRIES, SpoolFile

MANY = 2 * ENTRIES + 5


class Watched(SpoolFile):
    """A file that keeps the statements it was given; SQLite tells of one for each row in it."""

    statements: set[str]

    def watch(self) -> None:
        self.statements = set()
        self._connection.set_trace_callback(self.statements.add)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Watched]:
    made = Watched.create(tmp_path / "spool" / "a.sqlite3", synced=False)
    assert isinstance(made, Watched)
    made.watch()
    yield made
    made.let_go()


@pytest.fixture
def spool(file: Watched) -> Spool:
    return Spool(lambda: file, Clock(), limit_bytes=10_000_000)


def put(spool: Spool, count: int, lanes: tuple[str, ...] = ("a",)) -> list[int]:
    tickets = [spool.put(b"content %d" % number, lanes) for number in range(count)]
    return [ticket.number for ticket in tickets if ticket]


def on_disk(file: Watched) -> tuple[list[int], list[tuple[int, str]]]:
    """Return the events that are there and who owes which."""
    connection = sqlite3.connect(f"{file.path.as_uri()}?mode=ro", uri=True)
    events = [number for (number,) in connection.execute("select number from event")]
    owed = connection.execute("select number, lane from owed order by number, lane").fetchall()
    connection.close()
    return events, owed


def test_events_that_wait_are_one_statement(spool: Spool, file: Watched) -> None:
    numbers = put(spool, ENTRIES, ("a", "b"))
    assert spool.write_events()
    assert len(file.statements) == 1
    assert on_disk(file) == (numbers, [(each, lane) for each in numbers for lane in "ab"])


def test_many_events_are_a_few_statements(spool: Spool, file: Watched) -> None:
    numbers = put(spool, MANY)
    assert spool.write_events()
    assert len(file.statements) == 3
    assert on_disk(file)[0] == numbers


def test_outcomes_are_one_statement_for_each_lane(spool: Spool, file: Watched) -> None:
    numbers = put(spool, ENTRIES, ("a", "b"))
    spool.write_events()
    file.statements.clear()
    spool.forget("a", numbers)
    spool.forget("b", numbers[1:])
    assert spool.write()
    assert len(file.statements) == 2
    assert on_disk(file) == (numbers[:1], [(numbers[0], "b")])


def test_an_event_does_not_wait_for_outcomes(spool: Spool, file: Watched) -> None:
    early = put(spool, 3)
    spool.write_events()
    spool.forget("a", early)
    late = put(spool, 1)
    assert spool.write_events()
    assert on_disk(file)[0] == early + late
    assert spool.write()
    assert on_disk(file)[0] == late


def test_what_has_its_outcome_before_it_is_written_is_not_written(
    spool: Spool, file: Watched
) -> None:
    gone, half, new = put(spool, 3, ("a", "b"))
    spool.forget("a", [gone, half])
    spool.forget("b", [gone])
    assert spool.write()
    assert on_disk(file) == ([half, new], [(half, "b"), (new, "a"), (new, "b")])


def test_an_outcome_that_a_full_disk_refuses_is_written_when_it_heals(
    spool: Spool, file: Watched
) -> None:
    numbers = put(spool, 2)
    spool.write_events()
    spool.forget("a", numbers)
    file._connection.execute("pragma query_only = on")
    assert not spool.write()
    file._connection.execute("pragma query_only = off")
    assert spool.write()
    assert on_disk(file) == ([], [])
