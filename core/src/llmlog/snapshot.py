"""Copies of containers, taken on the caller's thread so that later changes do not reach a record.

Texts are shared, lists and dicts are copied to a bounded number of nodes; other objects stay
references and are read on llmlog's own thread. A dict of texts and numbers alone is copied in one
step, and so is a list of such dicts, as most conversations are.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any, Final

MAX_NODES: Final = 5_000
_FLAT: Final = frozenset({str, int, float, bool, type(None)})
_copied = dict.copy


def _has_more(value: dict[Any, Any]) -> bool:
    """Say whether a dict holds anything but texts and numbers."""
    return not _FLAT.issuperset(map(type, value.values()))


_KNOWN: Final = sys.implementation.name == "cpython" and sys.version_info < (3, 13)
_may_hold: Callable[[Any], bool] = gc.is_tracked if _KNOWN else _has_more
"""Says whether a dict may hold a container.

The garbage collector of CPython knows it of any dict up to 3.12, for a twentieth of a microsecond:
it tracks those that do. Later ones leave out the dicts of objects, and then track all.
"""


def snapshot(value: Any) -> Any:
    """Return `value` with its plain lists, tuples and dicts copied."""
    exact = type(value)
    if exact is list:
        if value and type(value[0]) is dict:
            try:
                if not any(map(_may_hold, value)):
                    return list(map(_copied, value))
            except (TypeError, AttributeError):  # there is something else among the dicts
                pass
        return _walked(value.copy())
    if exact is dict:
        return _walked(value.copy()) if _may_hold(value) else value.copy()
    return _walked(list(value)) if exact is tuple else value


def _walked(made: Any) -> Any:
    """Return a new list or dict after copies were put in place of the containers in it."""
    left = MAX_NODES
    to_walk = [made]
    while to_walk:
        at = to_walk.pop()
        left -= len(at)
        if left < 0:
            break
        for key, item in at.items() if type(at) is dict else enumerate(at):
            exact = type(item)
            if exact is str or exact is int:
                continue
            if exact is dict:
                at[key] = new = item.copy()
                if _may_hold(item):
                    to_walk.append(new)
            elif exact is list:
                at[key] = new = item.copy()
                to_walk.append(new)
            elif exact is tuple:
                at[key] = new = list(item)
                to_walk.append(new)
    return made
