"""What a lane sees of a spool, and what is put on one."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from attrs import frozen


@frozen
class Entry:
    """An event to write, owed to `lanes`."""

    number: int
    at_unix_ns: int
    content: bytes
    lanes: tuple[str, ...]


@frozen
class Stored:
    """An event as it is on disk."""

    number: int
    at_unix_ns: int
    content: bytes
    crc: int

    @classmethod
    def of(cls, entry: Entry) -> Stored:
        """Return what will be on disk."""
        return cls(entry.number, entry.at_unix_ns, entry.content, zlib.crc32(entry.content))

    @property
    def sound(self) -> bool:
        """Say whether the content is what was written."""
        return isinstance(self.content, bytes) and zlib.crc32(self.content) == self.crc


@frozen
class Place:
    """Where an event is on a shelf, and its size there in bytes."""

    number: int
    size: int


class Shelf(Protocol):
    """What a lane sees of a spool."""

    def load(self, numbers: Sequence[int]) -> list[Stored] | None:
        """Return those of the events that are there and undamaged; None when it is closed."""
        ...

    def owed(self, lane: str, after: int, limit: int) -> list[Place] | None:
        """Return the next events that a lane owes, in order; None when it is closed."""
        ...

    def forget(self, lane: str, numbers: Iterable[int]) -> None:
        """Note that a lane owes these events no longer."""
        ...


@frozen
class Ticket:
    """Where an event is on disk, and its size there in bytes."""

    shelf: Shelf
    number: int
    size: int = 0

    @property
    def place(self) -> Place:
        """Return where it is on its shelf."""
        return Place(self.number, self.size)
