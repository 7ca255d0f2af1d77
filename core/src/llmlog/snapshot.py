"""Copies of containers, taken on the caller's thread so that later changes do not reach a record.

Texts are shared, lists and dicts are copied to a bounded number of nodes; other objects stay
references and are read on llmlog's own thread.
"""

from __future__ import annotations

from typing import Any, Final

MAX_NODES: Final = 5_000
MAX_DEPTH: Final = 12


def snapshot(value: Any) -> Any:
    """Return `value` with its plain lists, tuples and dicts copied."""
    exact = type(value)
    if exact is list or exact is tuple or exact is dict:
        return _copy(value, [MAX_NODES], 0)
    return value


def _copy(value: Any, left: list[int], depth: int) -> Any:
    left[0] -= len(value)
    if left[0] < 0 or depth > MAX_DEPTH:
        return list(value) if type(value) is list else value
    made: Any
    if type(value) is dict:
        made = value.copy()
        pairs = made.items()
    else:
        made = list(value)
        pairs = enumerate(made)
    for key, item in pairs:
        exact = type(item)
        if exact is not str and (exact is dict or exact is list or exact is tuple):
            made[key] = _copy(item, left, depth + 1)
    return made
