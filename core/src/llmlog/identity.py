"""Ids: UUIDv7 for a call, and from it the W3C trace and span ids."""

from __future__ import annotations

import hashlib
import os
import random
import re
import time
from typing import Any
from uuid import UUID

from attrs import frozen

_SORTABLE = 7
_chance = random.Random()  # noqa: S311  # uniqueness, not secrecy
_draw = _chance.getrandbits
_BITS = 62
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def _seed() -> None:
    _chance.seed(os.urandom(32))


_seed()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_seed)


def new_id(unix_ns: int | None = None) -> int:
    """Return a UUIDv7 (RFC 9562, method 3) as an integer.

    It holds milliseconds, 12 bits of their fraction, and 62 random bits: ids sort by time.
    """
    return _number(time.time_ns() if unix_ns is None else unix_ns, _draw(_BITS))


def _number(unix_ns: int, chance: int) -> int:
    milliseconds, rest_ns = divmod(unix_ns, 1_000_000)
    return (
        (milliseconds & 0xFFFFFFFFFFFF) << 80
        | 0x7 << 76
        | (rest_ns * 4096 // 1_000_000) << 64
        | 0b10 << 62
        | chance
    )


def id_from(unix_ns: int, seed: str) -> int:
    """Return the UUIDv7 of a time and of what names the call: the same whenever it is told."""
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:10], "big")
    return (
        (unix_ns // 1_000_000 & 0xFFFFFFFFFFFF) << 80
        | 0x7 << 76
        | (chance >> 62 & 0xFFF) << 64
        | 0b10 << 62
        | chance & (1 << 62) - 1
    )


def number_of(identity: object) -> int | None:
    """Return a UUIDv7, given as UUID or as text, as an integer; None for anything else."""
    if isinstance(identity, str):
        try:
            identity = UUID(identity)
        except ValueError:
            return None
    is_sortable = isinstance(identity, UUID) and identity.version == _SORTABLE
    return identity.int if is_sortable else None  # type: ignore[attr-defined]


def id_text(number: int) -> str:
    """Return an id in the form with dashes."""
    return dashed(f"{number:032x}")


def dashed(digits: str) -> str:
    """Return 32 hexadecimal digits in the form with dashes."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@frozen(eq=False)
class Span:
    """A place in a trace: 32 and 16 hexadecimal digits.

    `path` are the ids of the calls that lead to it, outermost first, itself last, as far as they
    were made by llmlog.
    """

    trace_id: str
    span_id: str
    path: tuple[int, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __reduce__(self) -> tuple[Any, ...]:
        return Span, self._parts()

    def _parts(self) -> tuple[str, str, tuple[int, ...]]:
        return self.trace_id, self.span_id, self.path

    @property
    def traceparent(self) -> str:
        """Return the W3C header."""
        return f"00-{self.trace_id}-{self.span_id}-01"


class OwnSpan(Span):
    """The place of a call that begins here: a time, chance, and the place around it.

    That is all a caller waits for. The texts are made of it when somebody asks for them, by
    whatever thread, and are always the same.
    """

    __slots__ = ("_chance", "_digits", "_number", "_path", "_unix_ns", "around")
    __setattr__, __delattr__ = object.__setattr__, object.__delattr__

    def __init__(self, unix_ns: int, around: Span | None) -> None:
        self.around = around
        self._unix_ns = unix_ns
        self._chance = _draw(_BITS)
        self._number: int | None = None
        self._digits: str | None = None
        self._path: tuple[int, ...] | None = None

    def take(self, number: int | None, around: Span | None) -> None:
        """Take over an id and a place that are known already."""
        self._number = number
        self.around = around or self.around

    @property
    def number(self) -> int:
        """Return the id of the call."""
        if self._number is None:
            self._number = _number(self._unix_ns, self._chance)
        return self._number

    @property
    def digits(self) -> str:
        """Return the id as 32 hexadecimal digits."""
        if self._digits is None:
            self._digits = f"{self.number:032x}"
        return self._digits

    @property
    def trace_id(self) -> str:
        """Return the trace of the outermost call; its id, where it began the trace."""
        first: OwnSpan = self
        while type(first.around) is OwnSpan:
            first = first.around
        return first.around.trace_id if first.around else first.digits

    @property
    def span_id(self) -> str:
        """Return the latter half of the id."""
        return self.digits[16:]

    @property
    def path(self) -> tuple[int, ...]:
        """Return the ids from the outermost call down to this one."""
        if self._path is None:
            numbers: list[int] = []
            above: Span | None = self
            while type(above) is OwnSpan and above._path is None:  # noqa: SLF001
                numbers.append(above.number)
                above = above.around
            self._path = (*(above.path if above else ()), *reversed(numbers))
        return self._path


def span_of(number: int, parent: Span | None) -> Span:
    """Return the span of a call: under its parent's trace, else the root of a new one."""
    digits = f"{number:032x}"
    if parent is None:
        return Span(digits, digits[16:], (number,))
    return Span(parent.trace_id, digits[16:], (*parent.path, number))


def read_traceparent(header: str | None) -> Span | None:
    """Read a W3C `traceparent`; None for one that is absent or invalid."""
    match = _TRACEPARENT.fullmatch(header.strip()) if header else None
    if not match or match[1] == "ff" or not int(match[2], 16) or not int(match[3], 16):
        return None
    return Span(match[2], match[3])
