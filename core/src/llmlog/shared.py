"""Forms of a payload that are made once, whoever asks for them: several plugins, or a retry.

A form lives as long as its payload, and all forms of a process within `KEPT_BYTES`: what was made
first is forgotten first, and made again when it is asked for.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar
from weakref import ref

KEPT_BYTES: Final = 16 * 1024 * 1024
READ: Final = object()
"""Stands among the forms that were asked for when parts that had been let go were read again."""
S = TypeVar("S", bound="Shared")
F = TypeVar("F", bound=Hashable)


class _Asking(threading.local):
    """The forms that this thread was asked for, where somebody wants to know."""

    forms: set[Any] | None = None


asking = _Asking()


class Shared:
    """A value that remembers forms of itself; they are no part of what it is.

    `_whole` is for values that wait as one of them.
    """

    __slots__ = ("_forms", "_whole")

    _forms: dict[Hashable, bytes] | None
    _whole: bytes


class _Recent:
    """Who remembers forms, in the order in which they were made."""

    def __init__(self) -> None:
        self.bytes = 0
        self.renew()

    def renew(self) -> None:
        """Take a new lock: in a forked child nobody may hold the old one."""
        self._lock = threading.RLock()  # a signal may log within a log
        self._owners: deque[tuple[ref[Any], int]] = deque()
        self.bytes = 0

    def add(self, owner: Shared, size: int) -> None:
        """Note a new form; let the oldest ones go when there are too many bytes of them."""
        with self._lock:
            self._owners.append((ref(owner), size))
            self.bytes += size
            while self.bytes > KEPT_BYTES:
                oldest, freed = self._owners.popleft()
                self.bytes -= freed
                _forget(oldest())


def _forget(owner: Shared | None) -> None:
    if owner is not None:
        object.__setattr__(owner, "_forms", None)


recent = _Recent()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=recent.renew)


def shared(owner: S, form: F, make: Callable[[S, F], bytes]) -> bytes:
    """Return the bytes that `make` makes of an owner in a form, made once.

    Two threads that ask at one moment may both make it: the same bytes, one of them is kept.
    """
    if asking.forms is not None:
        asking.forms.add(form)
    forms = getattr(owner, "_forms", None)
    if forms is None:
        forms = {}
        object.__setattr__(owner, "_forms", forms)
    made = forms.get(form)
    if made is None:
        made = make(owner, form)
        forms[form] = made
        recent.add(owner, len(made))
    return made
