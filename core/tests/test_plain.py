"""Anything becomes plain JSON, and nothing raises."""

from __future__ import annotations

import enum
import json
import threading
from collections import ChainMap, OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import MagicMock
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmlog.encoding import _standard_dumps, dumps, loads
from llmlog.plain import MAX_DEPTH, MAX_NODES, is_plain, plain
from llmlog.secret import Secret
from llmlog.snapshot import MAX_NODES as SNAPSHOT_NODES
from llmlog.snapshot import snapshot


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    name: Any


class Hostile:
    def __repr__(self) -> str:
        raise SystemExit

    __str__ = __repr__

    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


class HostileMapping(dict[str, object]):
    def items(self) -> Any:
        raise SystemExit


class LyingText(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError

    def __len__(self) -> int:
        return 10**9


def cycle() -> list[object]:
    made: list[object] = []
    made.append({"again": made})
    return made


def deep(levels: int) -> object:
    made: object = "bottom"
    for _ in range(levels):
        made = [made]
    return made


class Failing(Exception):
    def __str__(self) -> str:
        raise RuntimeError


AWKWARD = {
    "nan": float("nan"), "infinity": float("-inf"), "huge": 10**400, "long": 1 << 20_000,
    "decimal": Decimal("sNaN"), "complex": 1j, "fraction": Fraction(1, 3), "bytes": b"\xff\x00",
    "memory": memoryview(b"abcdef")[::2], "surrogate": "a\ud800b", "nul": "\x00", "set": {1, "a"},
    "deque": deque([1, (2, 3)]), "chain": ChainMap({"a": 1}), "proxy": MappingProxyType({"a": 1}),
    "ordered": OrderedDict(a=1), "keys": {1: 1, None: 2, 2.5: 3, (1, 2): 4, b"k": 5, Colour.RED: 6},
    "enum": Colour.RED, "point": Point(1, {2}), "path": Path("a/b"), "uuid": UUID(int=7),
    "time": datetime(2026, 1, 1, tzinfo=timezone.utc), "delta": timedelta(seconds=1.5),
    "hostile": Hostile(), "hostile mapping": HostileMapping(a=1), "lying": LyingText("x"),
    "cycle": cycle(), "deep": deep(5_000), "wide": list(range(MAX_NODES + 10)),
    "lock": threading.Lock(), "class": Point, "function": cycle, "mock": MagicMock(),
    "generator": (n for n in range(3)), "exception": Failing("x"), "secret": Secret("sk-fake"),
    "range": range(3), "object": object(), "max": datetime.max,
}  # fmt: skip


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_values_become_plain(name: str) -> None:
    made, _ = plain({"value": AWKWARD[name]})
    assert loads(dumps(made)) == json.loads(_standard_dumps(made))


def test_a_secret_stays_one() -> None:
    assert b"sk-fake" not in dumps(plain({"key": Secret("sk-fake")})[0])


def test_what_was_replaced_is_named() -> None:
    assert plain({"a": b"xyz", "b": [object()]}) == (
        {"a": "[bytes: 3]", "b": ["[object]"]}, ("[bytes: 3]", "[object]"),
    )  # fmt: skip


def test_strangers_are_not_asked() -> None:
    mock = MagicMock()
    plain(mock)
    assert not mock.mock_calls


def test_depth_and_size_are_bounded() -> None:
    assert "[too deep]" in plain(deep(MAX_DEPTH + 5))[1]
    assert "[too large]" in plain([[] for _ in range(MAX_NODES + 5)])[1]


def test_shared_values_are_no_cycle() -> None:
    shared = {"a": 1}
    assert plain([shared, shared]) == ([{"a": 1}, {"a": 1}], ())


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
))  # fmt: skip
def test_whatever_is_made_both_encoders_agree(value: object) -> None:
    made, _ = plain(value)
    assert loads(dumps(made)) == json.loads(_standard_dumps(made))


def test_a_keyboard_interrupt_of_the_user_passes() -> None:
    class Interrupting(dict[str, object]):
        def items(self) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plain(Interrupting(a=1))


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.floats()
    | st.binary(max_size=2) | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner)
    | st.dictionaries(st.text(st.characters()) | st.integers(), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: type(value) in (list, dict)))  # fmt: skip
def test_what_is_called_plain_is_what_would_be_made_of_it(value: Any) -> None:
    if is_plain(value, [1_000], 32):
        assert plain(value) == (value, ())


def test_plain_values_are_called_so() -> None:
    value = {"a": [1, 1.5, None, True, "words", "wörds", {"b": {}}], "c": []}
    assert is_plain(value, [10], 3)
    assert not is_plain(value, [9], 3)
    assert not is_plain(value, [10], 2)


@pytest.mark.parametrize("value", [2**63, float("nan"), "\ud800", (1,), b"", LyingText("x")])
def test_what_no_json_reader_takes_is_not_called_plain(value: Any) -> None:
    assert not is_plain([value], [9], 9)
    assert not is_plain({"a": {"b": value}}, [9], 9)


def test_a_cycle_is_not_called_plain() -> None:
    value: list[Any] = []
    value.append(value)
    assert not is_plain(value, [100], 50)
    assert not is_plain(value, [50], 1_000)


def test_what_is_called_plain_within_a_snapshot_s_bounds_shares_nothing_with_its_source() -> None:
    deep: Any = {"end": [1]}
    for _ in range(MAX_DEPTH - 3):
        deep = {"in": deep, "flat": [{"a": 1}]}
    wide = [{"flat": {"b": 1}} for _ in range(SNAPSHOT_NODES)]
    for value in (deep, wide[:1_000], wide):
        copied = snapshot(value)
        if is_plain(copied, [SNAPSHOT_NODES], MAX_DEPTH - 1):
            assert not _containers(value) & _containers(copied)


def _containers(value: Any) -> set[int]:
    inner = value.values() if isinstance(value, dict) else value
    return {id(value)}.union(*(_containers(item) for item in inner
                               if isinstance(item, (dict, list))))  # fmt: skip
