"""Wait for a condition, within a bound."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.05


def eventually(
    read: Callable[[], T], accept: Callable[[T], object] = bool, seconds: float = 15
) -> T:
    """Read again and again until `accept` is content, and return what was read.

    Raises AssertionError with the last value when `seconds` are over.
    """
    deadline = time.monotonic() + seconds
    while not accept(value := read()):
        if time.monotonic() > deadline:
            msg = f"still {value!r} after {seconds:g} s"
            raise AssertionError(msg)
        time.sleep(PAUSE_SECONDS)
    return value
