"""Anything to plain JSON values: `plain` never raises and never calls a stranger's methods.

What it gives: `None`, `bool`, `int` of 64 bits, finite `float`, valid `str`, `list`, and `dict`
with `str` keys, bounded in depth and nodes. What it cannot express becomes a placeholder in square
brackets, such as `[bytes: 12]` or `[Socket]`, and is named in `changes`.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import islice
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import attrs

from llmlog.guard import describe, guarded
from llmlog.message import JSON

MAX_DEPTH: Final = 32
MAX_NODES: Final = 100_000
_INT_LIMIT: Final = 2**63
_TEXT_BITS: Final = 12_000  # Python refuses to write out much longer ones

_AS_TEXT = (UUID, PurePath, IPv4Address, IPv4Network, IPv6Address, IPv6Network)
_AS_LIST = (list, tuple, set, frozenset, deque, AbstractSet, range)


class _Walk:
    """One walk over one value; it counts what it visited and notes what it replaced."""

    def __init__(self) -> None:
        self.nodes = 0
        self.open: set[int] = set()
        self.replaced: list[str] = []

    def value(self, value: Any, depth: int) -> JSON:
        """Return the plain form of any value."""
        exact = type(value)
        if exact is str:
            return value if value.isascii() else valid(value)
        if value is None or exact is bool:
            return value
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            return self.placeholder("[too deep]" if depth > MAX_DEPTH else "[too large]")
        if exact is int and -_INT_LIMIT <= value < _INT_LIMIT:
            return value
        if id(value) in self.open:
            return self.placeholder("[cycle]")
        self.open.add(id(value))
        try:
            if exact is dict:
                return self.mapping(value, depth)
            if exact is list:
                return self.sequence(value, depth)
            return guarded(self.known, value, depth, otherwise=lambda _: self.strange(value))
        finally:
            self.open.discard(id(value))

    def known(self, value: Any, depth: int) -> JSON:
        """Return the plain form of a value of a known type; a placeholder for any other."""
        if isinstance(value, Enum):
            return self.value(value.value, depth + 1)
        if isinstance(value, (int, float, Decimal)):
            return self.number(value)
        if isinstance(value, str):
            return valid(str.__str__(value))
        if isinstance(value, (dict, MappingProxyType, Mapping)):
            return self.mapping(dict(self.first(value.items())), depth)
        if isinstance(value, _AS_LIST):
            return self.sequence(self.first(value), depth)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self.placeholder(f"[bytes: {memoryview(value).nbytes}]")
        return self.scalar(value, depth)

    def first(self, items: Iterable[Any]) -> list[Any]:
        """Return no more items than there may be nodes: there may be no end of them."""
        taken = list(islice(items, MAX_NODES + 1))
        if len(taken) > MAX_NODES:
            self.placeholder("[too large]")
            taken.pop()
        return taken

    def number(self, value: float | Decimal) -> JSON:
        """Return a number that every JSON reader takes, else its text."""
        if isinstance(value, int):
            value = int(value)
            return value if -_INT_LIMIT <= value < _INT_LIMIT else self.placeholder(_digits(value))
        if isinstance(value, Decimal):
            return str(value)
        return float(value) if math.isfinite(value) else self.placeholder(str(float(value)))

    def scalar(self, value: Any, depth: int) -> JSON:
        """Return the text of dates, ids and paths, and the fields of data classes and models."""
        if isinstance(value, (datetime, date, time)):
            return value.isoformat()
        if isinstance(value, timedelta):
            return value.total_seconds()
        if isinstance(value, _AS_TEXT):
            return valid(str(value))
        if isinstance(value, BaseException):
            return {"type": type(value).__name__, "message": valid(describe(value))}
        fields = _fields(value)
        return self.strange(value) if fields is None else self.value(fields, depth + 1)

    def mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, JSON]:
        """Return a dict with text keys."""
        made: dict[str, JSON] = {}
        for key, item in list(value.items()):
            name = key if type(key) is str and key.isascii() else self.key(key)
            exact = type(item)  # most are texts and numbers, for which a further call is dear
            if (exact is str and item.isascii()) or item is None or exact is bool:
                made[name] = item
            elif exact is int and self.nodes < MAX_NODES and -_INT_LIMIT <= item < _INT_LIMIT:
                self.nodes += 1
                made[name] = item
            else:
                made[name] = self.value(item, depth + 1)
        return made

    def sequence(self, value: Iterable[Any], depth: int) -> list[JSON]:
        """Return a list."""
        return [item if type(item) is str and item.isascii() else self.value(item, depth + 1)
                for item in value]  # fmt: skip

    def key(self, key: Any) -> str:
        """Return a key as text."""
        if isinstance(key, str):
            return valid(str.__str__(key))
        text = self.value(key, MAX_DEPTH)
        return text if isinstance(text, str) else str(text)

    def strange(self, value: Any) -> str:
        """Stand in for what has no plain form, without asking the object itself."""
        return self.placeholder(f"[{type(value).__name__}]")

    def placeholder(self, text: str) -> str:
        """Note that something was replaced."""
        self.replaced.append(text)
        return text


def _fields(value: Any) -> dict[str, Any] | None:
    cls = type(value)
    dump: Callable[..., Any] | None = getattr(cls, "model_dump", None)
    if callable(dump):
        return dict(dump(value, mode="json", exclude_unset=True, warnings=False))
    if attrs.has(cls):
        return {item.name: getattr(value, item.name) for item in attrs.fields(cls)}
    if dataclasses.is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    return None


def valid(text: str) -> str:
    """Return a text that can be written as UTF-8: the text itself, if it can."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _digits(value: int) -> str:
    return str(value) if value.bit_length() < _TEXT_BITS else f"[int: {value.bit_length()} bits]"


def is_plain(value: Any, left: list[int], depth: int) -> bool:
    """Say whether a list or a dict is plain as it is, to a depth and with `left` items in all."""
    left[0] -= len(value)
    if left[0] < 0 or depth < 0:
        return False
    if type(value) is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                return False
        value = value.values()
    for item in value:
        exact = type(item)
        if exact is str:
            good = item.isascii() or valid(item) is item
        elif exact is dict or exact is list:
            good = is_plain(item, left, depth - 1)
        else:
            good = item is None or exact is bool or _is_number(item, exact)
        if not good:
            return False
    return True


def _is_number(item: Any, exact: type) -> bool:
    if exact is int:
        return bool(-_INT_LIMIT <= item < _INT_LIMIT)
    return exact is float and math.isfinite(item)


def plain(value: Any) -> tuple[JSON, tuple[str, ...]]:
    """Return the plain form of `value`, and the placeholders that were put in."""
    if value is None:
        return None, ()
    walk = _Walk()
    made = guarded(walk.value, value, 0, otherwise=lambda _: walk.strange(value))
    return made, tuple(walk.replaced)
