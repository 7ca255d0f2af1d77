"""Copies of containers, taken on the caller's thread so that later changes do not reach a record.

Texts are shared, lists and dicts are copied to a bounded number of nodes; other objects stay
references and are read on llmlog's own thread.

A dict of texts and numbers alone is copied in one step, and so is a list of such dicts, as most
conversations are. The garbage collector knows them: it does not track them. Where it tracks every
dict, as from Python 3.14 on, they are walked through as any other, with the same result.
"""

from __future__ import annotations

from gc import is_tracked
from typing import Any, Final

_MAX_NODES: Final = 5_000
_copied = dict.copy


def snapshot(value: Any) -> Any:
    """Return `value` with its plain lists, tuples and dicts copied."""
    exact = type(value)
    if exact is list:
        if value and type(value[0]) is dict and not any(map(is_tracked, value)):
            try:
                return list(map(_copied, value))
            except TypeError:  # there is something else among the dicts
                pass
        return _walked(value.copy())
    if exact is dict:
        return _walked(value.copy()) if is_tracked(value) else value.copy()
    return _walked(list(value)) if exact is tuple else value


def _walked(made: Any) -> Any:
    """Return a new list or dict after copies were put in place of the containers in it."""
    left = _MAX_NODES
    to_walk = [made]
    while to_walk:
        at = to_walk.pop()
        left -= len(at)
        if left < 0:
            break
        for key, item in at.items() if type(at) is dict else enumerate(at):
            exact = type(item)
            if exact is str:
                continue
            if exact is dict:
                at[key] = new = item.copy()
                if is_tracked(item):
                    to_walk.append(new)
            elif exact is list:
                at[key] = new = item.copy()
                to_walk.append(new)
            elif exact is tuple:
                at[key] = new = list(item)
                to_walk.append(new)
    return made
