"""A weight is about right, soon found, and asks nothing of what it weighs."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from llmlog.weight import weight

CYCLE: list[Any] = []
CYCLE.append(CYCLE)
DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ("x" * 10_000, 10_000),
        ([{"role": "user", "content": "y" * 1000} for _ in range(12)], 12_000),
        ([{"role": "user", "content": "y" * 1000} for _ in range(5000)], 5_000_000),
        (SimpleNamespace(data=[SimpleNamespace(embedding=[0.5] * 3072)] * 2048), 2048 * 3072 * 50),
        ({"image": b"z" * 3_000_000}, 3_000_000),
    ],
)
def test_it_is_about_right(value: Any, bytes_: int) -> None:
    assert bytes_ <= weight(value) <= 2 * bytes_


@pytest.mark.parametrize("value", [CYCLE, DEEP, None, 7, object(), type, {}, [[]] * 10**6])
def test_anything_can_be_weighed(value: Any) -> None:
    assert weight(value) > 0


def test_what_is_huge_takes_no_longer() -> None:
    began = time.thread_time()
    for _ in range(100):
        weight([["x"] * 1000] * 10**6)
    assert time.thread_time() - began < 5
